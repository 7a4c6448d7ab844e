/** Moves everything that one tenant has to another. */

import { FatalError } from "../../shared/errors.ts";
import type { Connection } from "../sqlite/connection.ts";
import { IS_ACTIVE } from "../sqlite/leases.ts";
import { TABLES } from "../sqlite/objects.ts";
import { setSecureDelete } from "../sqlite/search.ts";
import type { Kind } from "../objects.ts";

/** Counts of a move. */
export interface MoveResult {
  /** Number of moved rows in all tables. */
  rows: number;
  /** Numbers of moved objects by kind. */
  objects: Record<Kind, number>;
}

/** SQLite's primary result code for a violated constraint. */
const SQLITE_CONSTRAINT = 19;

/**
 * Moves the rows of one tenant to another.
 *
 * @throws {FatalError} if a server is executing runs of the tenant, or both have the same object
 */
export function moveTenant(
  connection: Connection,
  from: string,
  to: string,
  nowMs: number,
): MoveResult {
  assertNoLeasedRuns(connection, from, nowMs);
  // Until all tables are updated, rows refer to rows that are moved already or not yet.
  connection.run("PRAGMA defer_foreign_keys = ON");
  // If both have used a key, such as that of the default assistant, the receiver keeps it.
  connection.run(
    `UPDATE assistants SET idempotency_key = NULL
      WHERE tenant = :from AND idempotency_key IN
        (SELECT idempotency_key FROM assistants WHERE tenant = :to)`,
    { from, to },
  );
  // Only the tenant of the index entries changes, so the removed ones need not be overwritten.
  setSecureDelete(connection, false);
  const moved = new Map(
    tenantTables(connection).map((table) => [table, moveRows(connection, table, from, to)]),
  );
  setSecureDelete(connection, true);
  return {
    rows: moved.values().reduce((sum, rows) => sum + rows, 0),
    objects: {
      assistant: moved.get(TABLES.assistant) ?? 0,
      thread: moved.get(TABLES.thread) ?? 0,
      message: moved.get(TABLES.message) ?? 0,
      run: moved.get(TABLES.run) ?? 0,
      step: moved.get(TABLES.step) ?? 0,
    },
  };
}

/** Returns the tables that have a tenant column. */
function tenantTables(connection: Connection): string[] {
  const sql = `SELECT name FROM sqlite_schema AS entry
    WHERE type = 'table' AND EXISTS
      (SELECT 1 FROM pragma_table_info(entry.name) WHERE name = 'tenant')
    ORDER BY name`;
  return connection.all(sql, {}).map(({ name }) => String(name));
}

/**
 * Returns the tenants that have assistants or threads and whose names start with a prefix.
 *
 * @param prefix hexadecimal digits, as in the tenant of a caller's key
 */
export function tenantsWithPrefix(connection: Connection, prefix: string): string[] {
  const tables = ["assistants", "threads"];
  const sql = tables.map((table) =>
    `SELECT tenant FROM ${table} WHERE tenant >= :prefix AND tenant < :prefix || 'z'`
  ).join(" UNION ");
  return connection.all(sql, { prefix }).map(({ tenant }) => String(tenant));
}

function assertNoLeasedRuns(connection: Connection, tenant: string, nowMs: number): void {
  const row = connection.one(
    `SELECT count(*) AS runs FROM runs
      WHERE tenant = :tenant AND lease_until > :nowMs AND ${IS_ACTIVE}`,
    { tenant, nowMs },
  );
  const runs = Number(row?.runs);
  if (runs === 0) return;
  throw new FatalError(
    `Cannot move the tenant: a server is executing ${runs} of its runs; try again when they have ` +
      "ended, or a few seconds after the server has stopped",
  );
}

function moveRows(connection: Connection, table: string, from: string, to: string): number {
  try {
    return connection.run(
      `UPDATE ${table} SET tenant = :to WHERE tenant = :from`,
      { from, to },
    );
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    if ((Number(error.errcode) & 0xff) !== SQLITE_CONSTRAINT) throw error;
    throw new FatalError(
      `Cannot move the tenant: both tenants have ${table} with the same IDs; nothing was moved`,
      { cause: error },
    );
  }
}
