/** Changing a file of somebody else's: a copy is kept, and it is there whole at every moment. */

import { dirname, join } from "node:path";
import { FatalError } from "../../shared/errors.ts";
import { writeError } from "../atomic_file.ts";

export interface ExistingFile {
  /** Where the file really is, where the path is a link. */
  path: string;
  /** Undefined where there is none. */
  text: string | undefined;
}

/** @throws {FatalError} for what cannot be read, and for what is no text */
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
 * Gives the file another content, and returns where the one before was copied to, if there was one.
 *
 * @throws {FatalError} when that cannot be done, or the file has changed since it was read
 */
export function replaceFile({ path, text }: ExistingFile, content: string): string | undefined {
  const temporary = join(dirname(path), `.assistants-mcp.${crypto.randomUUID().slice(0, 8)}.part`);
  let copy: string | undefined;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const mode = text === undefined ? 0o600 : (Deno.statSync(path).mode ?? 0o600) & 0o777;
    copy = text === undefined ? undefined : keepCopy(path, text);
    writeNew(temporary, content, mode);
    // The client may be running, and write the file as well.
    if (readFile(path).text !== text) {
      throw new FatalError(`"${path}" was changed by another program just now; try again`);
    }
    Deno.renameSync(temporary, path);
    return copy;
  } catch (error) {
    removeIfThere(temporary);
    if (copy !== undefined) removeIfThere(copy);
    throw error instanceof FatalError ? error : writeError(path, error);
  }
}

/** Beside the file, readable by this user only. */
function keepCopy(path: string, text: string): string {
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
  // What the process leaves out of the modes of new files is meant for files of its own.
  if (Deno.build.os !== "windows") Deno.chmodSync(path, mode);
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
