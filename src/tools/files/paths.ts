/**
 * Paths: which files a caller may name, and how results are written. A path is followed to where
 * it really leads before it counts as inside a folder, so that a link cannot lead out of one.
 */

import { dirname, isAbsolute, join, normalize, relative } from "node:path";
import { ApiError } from "../../shared/errors.ts";

/** Where a path is read, and on whose behalf. */
export interface Reading {
  /** Below which paths may be read; undefined where none are taken. */
  readable: readonly string[] | undefined;
  /** The argument that the path came in. */
  param: string;
  /** The largest file that is read. */
  maxBytes: number;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * The content of a file that a caller names.
 *
 * @throws {ApiError} 403 for a path that may not be read, 404 where there is none, 400 for what is
 * no file, 413 for one that is too large
 */
export async function readPath(
  path: string,
  reading: Reading,
): Promise<Uint8Array<ArrayBuffer>> {
  const { param, maxBytes } = reading;
  const { file } = await openPath(path, reading);
  try {
    return await readWhole(file, maxBytes, () => tooLarge(path, maxBytes + 1, maxBytes, param));
  } finally {
    file.close();
  }
}

/**
 * The same file, to be read in parts and closed by who asks for it.
 *
 * @throws {ApiError} as `readPath` does
 */
export async function openPath(
  path: string,
  { readable, param, maxBytes }: Reading,
): Promise<{ file: Deno.FsFile; size: number }> {
  if (readable === undefined) {
    throw refused(
      `'${param}' is a path, and over HTTP no paths are read: send the content itself. ` +
        "Over stdio FILE_DIRS names the folders below which paths are read.",
      param,
    );
  }
  if (readable.length === 0) {
    throw refused(
      `'${param}' is a path, and this server reads none: FILE_DIRS, the folders below which it ` +
        "may, is not set. Send the content itself.",
      param,
    );
  }
  if (!isAbsolute(path)) {
    const message = `'${param}' has to be a whole path, from the root on: got "${shown(path)}".`;
    throw new ApiError(message, { status: 400, code: "invalid_path", param });
  }
  const real = await realPath(path, readable, param);
  const file = await openFile(real, path, param);
  try {
    const { isFile, size } = await file.stat();
    if (!isFile) throw noFile(path, param);
    // What stands there now may be another than what was looked at.
    if (await followed(real) !== real) throw outside(path, readable, param);
    if (size > maxBytes) throw tooLarge(path, size, maxBytes, param);
    return { file, size };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Writes a file that appears whole or not at all, and that only this user can read.
 *
 * @param name one that no other file has
 * @returns its path
 * @throws {Error} what the system says
 */
export async function writeNew(
  folder: string,
  name: string,
  content: Uint8Array | ReadableStream<Uint8Array>,
): Promise<string> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const part = join(folder, `.${name}.${crypto.randomUUID()}.part`);
  try {
    await Deno.writeFile(part, content, { createNew: true, mode: 0o600 });
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
  return path;
}

/** Where the path leads, if that is below one of the folders. */
async function realPath(path: string, folders: readonly string[], param: string): Promise<string> {
  const real = await followed(path);
  // Whether something is there is told only of what may be read.
  const place = real ?? await wouldBe(normalize(path));
  const roots = await Promise.all(folders.map(followed));
  const isAllowed = roots.some((folder) => folder !== undefined && isBelow(folder, place));
  if (!isAllowed) throw outside(path, folders, param);
  if (real !== undefined) return real;
  const message = `There is no file at "${shown(path)}".`;
  throw new ApiError(message, { status: 404, code: "file_not_found", param });
}

async function followed(path: string): Promise<string | undefined> {
  return await Deno.realPath(path).catch(() => undefined);
}

/** Where a path leads as far as there is something. */
async function wouldBe(path: string): Promise<string> {
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    const real = await followed(at);
    if (real !== undefined) return join(real, relative(at, path));
  }
  return path;
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !/^\.\.($|[\\/])/.test(way) && !isAbsolute(way);
}

/** @throws {ApiError} for what is no file: a pipe would never open */
async function openFile(real: string, path: string, param: string): Promise<Deno.FsFile> {
  try {
    if (!(await Deno.lstat(real)).isFile) throw noFile(path, param);
    return await Deno.open(real);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The file "${shown(path)}" cannot be read: ${reason}.`;
    throw new ApiError(message, { status: 400, code: "file_unreadable", param, cause: error });
  }
}

/** A file may grow while it is read. */
async function readWhole(
  file: Deno.FsFile,
  maxBytes: number,
  tooLarge: () => ApiError,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const length = await file.read(chunk);
    if (length === null) return await new Blob(chunks).bytes();
    bytes += length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk.subarray(0, length));
  }
}

function refused(message: string, param: string): ApiError {
  return new ApiError(message, { status: 403, code: "path_not_allowed", param });
}

function outside(path: string, folders: readonly string[], param: string): ApiError {
  return refused(
    `"${shown(path)}" is not below the folders that may be read, links followed: ` +
      `${folders.join(", ")} (FILE_DIRS).`,
    param,
  );
}

function noFile(path: string, param: string): ApiError {
  const message = `"${shown(path)}" is no file.`;
  return new ApiError(message, { status: 400, code: "not_a_file", param });
}

function tooLarge(path: string, bytes: number, maxBytes: number, param: string): ApiError {
  return new ApiError(
    `The file "${shown(path)}" has ${bytes} bytes; at most ${maxBytes} are read.`,
    { status: 413, code: "file_too_large", param },
  );
}

function shown(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
