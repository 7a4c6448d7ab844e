/** A file that is there whole, or not at all. */

import { basename, dirname, join, resolve } from "node:path";
import { FatalError } from "../shared/errors.ts";

/** Until it is finished, it has another name; without that it is removed again. */
export class AtomicFile implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  #finished = false;

  private constructor(path: string, temporary: string) {
    this.#path = path;
    this.#temporary = temporary;
  }

  /**
   * Makes an empty file that only this user can read.
   *
   * @throws {FatalError} when it cannot be made, or there is something of that name
   */
  static create(path: string): AtomicFile {
    assertNoneExist(path);
    const folder = dirname(resolve(path));
    const temporary = join(folder, `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.part`);
    try {
      Deno.openSync(temporary, { write: true, createNew: true, mode: 0o600 }).close();
    } catch (error) {
      throw writeError(path, error);
    }
    return new AtomicFile(path, temporary);
  }

  /** Where it is until it is finished. */
  get temporaryPath(): string {
    return this.#temporary;
  }

  /**
   * Gives the file its name, when all of it is on the disk.
   *
   * @throws {FatalError}
   */
  finish(): void {
    assertNoneExist(this.#path);
    try {
      using file = Deno.openSync(this.#temporary, { read: true, write: true });
      file.syncSync();
      Deno.renameSync(this.#temporary, this.#path);
    } catch (error) {
      throw writeError(this.#path, error);
    }
    this.#finished = true;
  }

  [Symbol.dispose](): void {
    if (this.#finished) return;
    // SQLite writes the second beside a database that it does not come to the end of.
    for (const path of [this.#temporary, `${this.#temporary}-journal`]) {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
}

/** An error of the system about a file that is to be written, in one line. */
export function writeError(path: string, error: unknown): FatalError {
  return new FatalError(`Cannot write "${path}": ${fileErrorReason(error)}`, { cause: error });
}

/** What the system says of a file, in words where it is a common case. */
export function fileErrorReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or folder";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder; name a file";
  return (error instanceof Error ? error.message : String(error)).replace(/^Error: /, "");
}

function assertNoneExist(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw writeError(path, error);
  }
  const reason = info.isDirectory
    ? "it is a folder; name a file"
    : "it is there already; name another file, or remove it";
  throw new FatalError(`Cannot write "${path}": ${reason}`);
}
