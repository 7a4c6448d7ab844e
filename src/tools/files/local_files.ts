/**
 * Local files: reads those that callers may name, and writes results. Every path is resolved through
 * its links before it is compared with the allowed folders, so that no link leads out of them.
 */

import { dirname, isAbsolute, join, normalize, relative } from "node:path";
import { ApiError } from "../../shared/errors.ts";

/** What may be read, and which argument named it. */
export interface LocalFileOptions {
  /** Folders below which files may be read; undefined over HTTP, where paths are not accepted. */
  readable: readonly string[] | undefined;
  /** The argument that holds the path. */
  param: string;
  /** Maximum size of the file. */
  maxBytes: number;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a file that a caller named.
 *
 * @throws {ApiError} 403 if the path is not allowed, 404 if it does not exist, 400 if it is not a
 * readable file, 413 if it is too large
 */
export async function readLocalFile(
  path: string,
  options: LocalFileOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { param, maxBytes } = options;
  const { file } = await openLocalFile(path, options);
  try {
    return await readAll(file, maxBytes, () => tooLarge(path, maxBytes + 1, maxBytes, param));
  } finally {
    file.close();
  }
}

/**
 * Opens a file that a caller named; the calling code closes it.
 *
 * @throws {ApiError} like `readLocalFile()`
 */
export async function openLocalFile(
  path: string,
  { readable, param, maxBytes }: LocalFileOptions,
): Promise<{ file: Deno.FsFile; size: number }> {
  if (readable === undefined) {
    throw notAllowed(
      `'${param}' is a path, and over HTTP no paths are read: send the content itself. ` +
        "Over stdio, paths below the folders in FILE_DIRS are read.",
      param,
    );
  }
  if (readable.length === 0) {
    throw notAllowed(
      `'${param}' is a path, but FILE_DIRS, the folders below which paths are read, is not set. ` +
        "Send the content itself.",
      param,
    );
  }
  if (!isAbsolute(path)) {
    const message = `'${param}' must be an absolute path: got "${shorten(path)}".`;
    throw new ApiError(message, { status: 400, code: "invalid_path", param });
  }
  const resolved = await resolveAllowed(path, readable, param);
  const file = await openFile(resolved, path, param);
  try {
    const { isFile, size } = await file.stat();
    if (!isFile) throw notAFile(path, param);
    // A link may have replaced the file between the check and the opening.
    if (await resolveLinks(resolved) !== resolved) throw outside(path, readable, param);
    if (size > maxBytes) throw tooLarge(path, size, maxBytes, param);
    return { file, size };
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Writes a file atomically, readable by this user only, and returns its path.
 *
 * @param name the name of the new file; must be unique in the folder
 * @throws {Error} the error of the file system
 */
export async function writeNewFile(
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

/** Resolves a path, provided that it leads below one of the folders. */
async function resolveAllowed(
  path: string,
  folders: readonly string[],
  param: string,
): Promise<string> {
  const resolved = await resolveLinks(path);
  // Outside of the folders, the error must not tell whether a file exists.
  const target = resolved ?? await resolveParents(normalize(path));
  const roots = await Promise.all(folders.map(resolveLinks));
  const isAllowed = roots.some((folder) => folder !== undefined && isBelow(folder, target));
  if (!isAllowed) throw outside(path, folders, param);
  if (resolved !== undefined) return resolved;
  const message = `There is no file at "${shorten(path)}".`;
  throw new ApiError(message, { status: 404, code: "file_not_found", param });
}

async function resolveLinks(path: string): Promise<string | undefined> {
  return await Deno.realPath(path).catch(() => undefined);
}

/** Resolves the part of a path that exists. */
async function resolveParents(path: string): Promise<string> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const resolved = await resolveLinks(folder);
    if (resolved !== undefined) return join(resolved, relative(folder, path));
  }
  return path;
}

function isBelow(folder: string, path: string): boolean {
  const route = relative(folder, path);
  return route !== "" && !/^\.\.($|[\\/])/.test(route) && !isAbsolute(route);
}

/** Opening a pipe would wait forever, so the kind of file is checked first. */
async function openFile(resolved: string, path: string, param: string): Promise<Deno.FsFile> {
  try {
    if (!(await Deno.lstat(resolved)).isFile) throw notAFile(path, param);
    return await Deno.open(resolved);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The file "${shorten(path)}" cannot be read: ${reason}.`;
    throw new ApiError(message, { status: 400, code: "file_unreadable", param, cause: error });
  }
}

/** Checks the limit while reading, because the file may grow. */
async function readAll(
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

function notAllowed(message: string, param: string): ApiError {
  return new ApiError(message, { status: 403, code: "path_not_allowed", param });
}

function outside(path: string, folders: readonly string[], param: string): ApiError {
  return notAllowed(
    `"${shorten(path)}" is not below the folders that may be read, after links are resolved: ` +
      `${folders.join(", ")} (FILE_DIRS).`,
    param,
  );
}

function notAFile(path: string, param: string): ApiError {
  const message = `"${shorten(path)}" is not a file.`;
  return new ApiError(message, { status: 400, code: "not_a_file", param });
}

function tooLarge(path: string, bytes: number, maxBytes: number, param: string): ApiError {
  return new ApiError(
    `The file "${shorten(path)}" has ${bytes} bytes; at most ${maxBytes} are allowed.`,
    { status: 413, code: "file_too_large", param },
  );
}

function shorten(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
