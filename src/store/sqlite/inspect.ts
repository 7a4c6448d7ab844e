/** Inspects a database without changing it. */

import { FatalError } from "../../shared/errors.ts";
import { cannotOpen, connect } from "./open.ts";
import { databaseReason } from "./error_reason.ts";
import { assertOwnDatabase } from "./schema.ts";
import { databasePath } from "./database_url.ts";

/** Facts about a database that can be read and written. */
export interface DatabaseState {
  path: string;
  /** The schema version; 0 for a file without tables. */
  schema: number;
  /** The size of the file and its write-ahead log. */
  bytes: number;
}

/** Healthy processes hold the write lock for less than this. */
const BUSY_TIMEOUT_MS = 1000;

/**
 * Checks whether a database can be read and written. Returns undefined if the file does not exist.
 *
 * @throws {FatalError} if the database cannot be used
 */
export function inspectDatabase(databaseUrl: string): DatabaseState | undefined {
  const path = databasePath(databaseUrl);
  let bytes: number;
  try {
    bytes = Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw cannotOpen(path, error instanceof Error ? error.message : String(error), error);
  }
  const database = connect(path, BUSY_TIMEOUT_MS);
  try {
    assertOwnDatabase(database);
    // Acquiring the write lock shows whether the file can be written.
    database.prepare("BEGIN IMMEDIATE").run();
    database.prepare("ROLLBACK").run();
    const schema = Number(database.prepare("PRAGMA user_version").get()?.user_version);
    return { path, schema, bytes: bytes + logBytes(path) };
  } catch (error) {
    if (error instanceof FatalError) throw error;
    const reason = databaseReason(error) ??
      (error instanceof Error ? error.message : String(error));
    throw cannotOpen(path, reason, error);
  } finally {
    database.close();
  }
}

function logBytes(path: string): number {
  try {
    return Deno.statSync(`${path}-wal`).size;
  } catch {
    // A database that no process has open has no log.
    return 0;
  }
}
