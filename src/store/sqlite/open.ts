/** Opening a SQLite file so that it is ours alone, in the schema of this program, or not at all. */

import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FatalError } from "../../shared/errors.ts";
import { databaseReason } from "./error_reason.ts";
import { assertOwnDatabase, migrate } from "./schema.ts";

const BUSY_TIMEOUT_MS = 5000;

/**
 * How many pages of 4 KB the log holds before they go into the file, which waits for the disk while
 * all else waits: with SQLite's own 1,000 that is four times as often.
 */
const LOG_PAGES = 4000;

const ELSEWHERE = "give this user the right, or name another place in DATABASE_URL";

/**
 * Opens a file, or `:memory:`, and brings its schema up to date.
 *
 * @throws {FatalError} when that cannot be done; a file that is not ours stays as it is
 */
export function openDatabase(path: string, busyTimeoutMs = BUSY_TIMEOUT_MS): DatabaseSync {
  if (path !== ":memory:") createPrivately(path);
  const database = connect(path, busyTimeoutMs);
  try {
    // Before the switch to WAL, as even that would write.
    assertOwnDatabase(database);
    switchToWal(database, busyTimeoutMs);
    database.prepare("PRAGMA synchronous = NORMAL").run();
    database.prepare(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`).get();
    database.prepare("PRAGMA secure_delete = ON").get();
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw unopenable(path, databaseReason(error) ?? messageOf(error), error);
  }
}

/** Creates the folder and the file for this user only; SQLite gives its other files the same mode. */
function createPrivately(path: string): void {
  const folder = dirname(resolve(path));
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unopenable(
      path,
      `the folder "${folder}" cannot be made (${messageOf(error)}); ${ELSEWHERE}`,
      error,
    );
  }
  try {
    // Only a new file: closing one that this process has open elsewhere would drop SQLite's locks.
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw unopenable(path, `the file cannot be made (${messageOf(error)}); ${ELSEWHERE}`, error);
  }
}

/** @throws {FatalError} */
export function connect(path: string, timeout: number): DatabaseSync {
  try {
    // An absolute path keeps SQLite from reading "file:…" as a URI.
    return new DatabaseSync(path === ":memory:" ? path : resolve(path), {
      timeout,
      enableForeignKeyConstraints: true,
    });
  } catch (error) {
    throw unopenable(path, whyNot(path) ?? messageOf(error), error);
  }
}

/** SQLite says only that it cannot open a file; the system says why. */
function whyNot(path: string): string | undefined {
  try {
    if (Deno.statSync(path).isDirectory) return "it is a folder; name a file";
    Deno.openSync(path, { read: true, write: true }).close();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Switching needs the file alone for a moment, and does not wait for it by itself. */
function switchToWal(database: DatabaseSync, timeoutMs: number): void {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    try {
      database.prepare("PRAGMA journal_mode = WAL").get();
      return;
    } catch (error) {
      const busy = error instanceof Error && "errcode" in error &&
        (Number(error.errcode) & 0xff) === 5;
      if (!busy || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** A database that cannot be opened, in one line. */
export function unopenable(path: string, reason: string, cause: unknown): FatalError {
  return new FatalError(`Cannot open the database "${path}": ${reason}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
