/** New files that appear under their name only when they are complete. */

import { basename, dirname, join, resolve } from "node:path";
import { FatalError } from "../shared/errors.ts";

/**
 * A new file, written under a temporary name until {@linkcode AtomicFile.commit}. Disposal without a
 * commit removes it.
 */
export class AtomicFile implements Disposable {
  readonly #path: string;
  readonly #temporary: string;
  #committed = false;

  private constructor(path: string, temporary: string) {
    this.#path = path;
    this.#temporary = temporary;
  }

  /**
   * Creates an empty file that only this user can read.
   *
   * @throws {FatalError} if it cannot be created, or if `path` exists
   */
  static create(path: string): AtomicFile {
    assertFree(path);
    const folder = dirname(resolve(path));
    const temporary = join(folder, `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.part`);
    try {
      Deno.openSync(temporary, { write: true, createNew: true, mode: 0o600 }).close();
    } catch (error) {
      throw writeError(path, error);
    }
    return new AtomicFile(path, temporary);
  }

  /** The path of the file until the commit. */
  get temporaryPath(): string {
    return this.#temporary;
  }

  /**
   * Flushes the file to disk and moves it to its path.
   *
   * @throws {FatalError} if that fails, or if the path exists by now
   */
  commit(): void {
    assertFree(this.#path);
    try {
      using file = Deno.openSync(this.#temporary, { read: true, write: true });
      file.syncSync();
      Deno.renameSync(this.#temporary, this.#path);
    } catch (error) {
      throw writeError(this.#path, error);
    }
    this.#committed = true;
  }

  [Symbol.dispose](): void {
    if (this.#committed) return;
    // SQLite leaves a journal next to a database that it could not complete.
    for (const path of [this.#temporary, `${this.#temporary}-journal`]) {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
}

/** Returns an error with the reason why a file cannot be written, in one line. */
export function writeError(path: string, error: unknown): FatalError {
  return new FatalError(`Cannot write "${path}": ${fileErrorReason(error)}`, { cause: error });
}

/** Returns the reason of a file system error, reworded for common errors. */
export function fileErrorReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or folder";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder; name a file";
  return (error instanceof Error ? error.message : String(error)).replace(/^Error: /, "");
}

/** @throws {FatalError} if the path exists, or cannot be checked */
function assertFree(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw writeError(path, error);
  }
  const reason = info.isDirectory
    ? "it is a folder; name a file"
    : "the file exists; use another name, or remove it";
  throw new FatalError(`Cannot write "${path}": ${reason}`);
}
