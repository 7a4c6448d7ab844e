/** Atomic replacement of a file of another program, with a backup copy. */

import { dirname, join } from "node:path";
import { FatalError } from "../../shared/errors.ts";
import { writeError } from "../atomic_file.ts";

/** A file and its content. */
export interface ExistingFile {
  /** Path without symbolic links. */
  path: string;
  /** Undefined if the file does not exist. */
  text: string | undefined;
}

/**
 * Reads a file that may not exist.
 *
 * @throws {FatalError} for an unreadable file, and for one that is not UTF-8 text
 */
export function readFile(path: string): ExistingFile {
  let real: string;
  let bytes: Uint8Array;
  try {
    real = Deno.realPathSync(path);
    bytes = Deno.readFileSync(real);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { path, text: undefined };
    throw new FatalError(`Cannot read "${path}": ${String(error)}`, { cause: error });
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { path: real, text: decoder.decode(bytes) };
  } catch (cause) {
    throw new FatalError(`Cannot change "${path}": it is not UTF-8 text; nothing was changed`, {
      cause,
    });
  }
}

/**
 * Replaces the content of a file, and returns the path of the backup copy, if the file existed.
 *
 * @throws {FatalError} if that fails, or if the file has changed since it was read
 */
export function replaceFile({ path, text }: ExistingFile, content: string): string | undefined {
  const temporary = join(dirname(path), `.assistants-mcp.${crypto.randomUUID().slice(0, 8)}.part`);
  let copy: string | undefined;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const mode = text === undefined ? 0o600 : (Deno.statSync(path).mode ?? 0o600) & 0o777;
    copy = text === undefined ? undefined : writeBackup(path, text);
    writeNew(temporary, content, mode);
    // The client may be running, and may write the file as well.
    if (readFile(path).text !== text) {
      throw new FatalError(`"${path}" was changed by another program just now; try again`);
    }
    Deno.renameSync(temporary, path);
    return copy;
  } catch (error) {
    removeIfExists(temporary);
    if (copy !== undefined) removeIfExists(copy);
    throw error instanceof FatalError ? error : writeError(path, error);
  }
}

/** Writes a copy next to the file that only this user can read, and returns its path. */
function writeBackup(path: string, text: string): string {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  for (let number = 1;; number++) {
    const copy = `${path}.${time}${number === 1 ? "" : `-${number}`}.bak`;
    try {
      writeNew(copy, text, 0o600);
      return copy;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

function writeNew(path: string, text: string, mode: number): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode });
  const bytes = new TextEncoder().encode(text);
  for (let offset = 0; offset < bytes.length;) offset += file.writeSync(bytes.subarray(offset));
  file.syncSync();
  // The umask applies to new files, but this one replaces a file with its own mode.
  if (Deno.build.os !== "windows") Deno.chmodSync(path, mode);
}

function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
