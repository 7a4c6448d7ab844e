/** What can be said of a database without changing it. */

import { FatalError } from "../../shared/errors.ts";
import { connect, unopenable } from "./open.ts";
import { databaseReason } from "./error_reason.ts";
import { assertOwnDatabase } from "./schema.ts";
import { databasePath } from "./url.ts";

export interface DatabaseState {
  path: string;
  /** The version of its tables; 0 for a file that has none yet. */
  schema: number;
  /** With its log. */
  bytes: number;
}

/** Another process holds it for moments only, if it is well. */
const BUSY_TIMEOUT_MS = 1000;

/**
 * Looks whether the database can be read and written; undefined where there is no file yet.
 *
 * @throws {FatalError} when it cannot be used
 */
export function inspectDatabase(databaseUrl: string): DatabaseState | undefined {
  const path = databasePath(databaseUrl);
  let bytes: number;
  try {
    bytes = Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unopenable(path, error instanceof Error ? error.message : String(error), error);
  }
  const database = connect(path, BUSY_TIMEOUT_MS);
  try {
    assertOwnDatabase(database);
    // Taking the right to write shows whether there is one.
    database.prepare("BEGIN IMMEDIATE").run();
    database.prepare("ROLLBACK").run();
    const schema = Number(database.prepare("PRAGMA user_version").get()?.user_version);
    return { path, schema, bytes: bytes + logBytes(path) };
  } catch (error) {
    if (error instanceof FatalError) throw error;
    const reason = databaseReason(error) ??
      (error instanceof Error ? error.message : String(error));
    throw unopenable(path, reason, error);
  } finally {
    database.close();
  }
}

function logBytes(path: string): number {
  try {
    return Deno.statSync(`${path}-wal`).size;
  } catch {
    // A database that nobody has open has none.
    return 0;
  }
}
