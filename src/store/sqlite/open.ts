/** Opens SQLite files: private to the user, and in the schema of this program. */

import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FatalError } from "../../shared/errors.ts";
import { databaseReason } from "./error_reason.ts";
import { assertOwnDatabase, migrate } from "./schema.ts";

const BUSY_TIMEOUT_MS = 5000;

/**
 * Size of the write-ahead log, in pages of 4 KB, at which SQLite copies it into the file. A copy
 * blocks all other calls while it waits for the disk; SQLite's default of 1,000 makes it four times
 * as frequent.
 */
const LOG_PAGES = 4000;

const PERMISSION_HINT = "grant this user write access, or set DATABASE_URL to another path";

/**
 * Opens a file, or `:memory:`, and migrates its schema.
 *
 * @throws {FatalError} if that fails; a file of another program is left unchanged
 */
export function openDatabase(path: string, busyTimeoutMs = BUSY_TIMEOUT_MS): DatabaseSync {
  if (path !== ":memory:") createPrivateFile(path);
  const database = connect(path, busyTimeoutMs);
  try {
    // Before the switch to WAL mode, which already writes to the file.
    assertOwnDatabase(database);
    switchToWal(database, busyTimeoutMs);
    database.prepare("PRAGMA synchronous = NORMAL").run();
    database.prepare(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`).get();
    database.prepare("PRAGMA secure_delete = ON").get();
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw cannotOpen(path, databaseReason(error) ?? messageOf(error), error);
  }
}

/** Creates the folder and the file for this user only. SQLite gives its other files the same mode. */
function createPrivateFile(path: string): void {
  const folder = dirname(resolve(path));
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotOpen(
      path,
      `the folder "${folder}" cannot be created (${messageOf(error)}); ${PERMISSION_HINT}`,
      error,
    );
  }
  try {
    // Never opens an existing file: closing it would release the locks of SQLite in this process.
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw cannotOpen(
      path,
      `the file cannot be created (${messageOf(error)}); ${PERMISSION_HINT}`,
      error,
    );
  }
}

/**
 * Connects to a database without reading it.
 *
 * @throws {FatalError} if the file cannot be opened
 */
export function connect(path: string, busyTimeoutMs: number): DatabaseSync {
  try {
    // SQLite would read a relative path that starts with "file:" as a URI.
    return new DatabaseSync(path === ":memory:" ? path : resolve(path), {
      timeout: busyTimeoutMs,
      enableForeignKeyConstraints: true,
    });
  } catch (error) {
    throw cannotOpen(path, openFailure(path) ?? messageOf(error), error);
  }
}

/** Returns why the system does not open a file; SQLite does not report that. */
function openFailure(path: string): string | undefined {
  try {
    if (Deno.statSync(path).isDirectory) return "it is a folder; name a file";
    Deno.openSync(path, { read: true, write: true }).close();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Switches to WAL mode. That needs exclusive access, for which SQLite does not wait. */
function switchToWal(database: DatabaseSync, timeoutMs: number): void {
  const deadlineMs = performance.now() + timeoutMs;
  while (true) {
    try {
      database.prepare("PRAGMA journal_mode = WAL").get();
      return;
    } catch (error) {
      const isBusy = error instanceof Error && "errcode" in error &&
        (Number(error.errcode) & 0xff) === 5;
      if (!isBusy || performance.now() > deadlineMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Returns the error for a database that cannot be opened; its message is a single line. */
export function cannotOpen(path: string, reason: string, cause: unknown): FatalError {
  return new FatalError(`Cannot open the database "${path}": ${reason}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
