/** Handing all that one tenant has to another. */

import { FatalError } from "../../shared/errors.ts";
import type { Connection } from "../sqlite/connection.ts";
import { ACTIVE } from "../sqlite/leases.ts";
import { TABLES } from "../sqlite/objects.ts";
import { overwriteWords } from "../sqlite/search.ts";
import type { Kind } from "../objects.ts";

export interface Moved {
  /** How many rows there were, in all tables. */
  rows: number;
  /** How many objects of each kind. */
  objects: Record<Kind, number>;
}

/** SQLite's code for what a UNIQUE or a foreign key forbids. */
const CONSTRAINT = 19;

/** @throws {FatalError} while runs are worked on, or where both have the same object */
export function moveTenant(
  connection: Connection,
  from: string,
  to: string,
  nowMs: number,
): Moved {
  assertNoActiveRuns(connection, from, nowMs);
  // Until all tables are done, rows point to what is no longer or not yet there.
  connection.run("PRAGMA defer_foreign_keys = ON");
  // Where both have used a key, such as that of the default assistant, it stays the receiver's.
  connection.run(
    `UPDATE assistants SET idempotency_key = NULL
      WHERE tenant = :from AND idempotency_key IN
        (SELECT idempotency_key FROM assistants WHERE tenant = :to)`,
    { from, to },
  );
  // Of the words nothing goes but whose they are.
  overwriteWords(connection, false);
  const moved = new Map(
    tenantTables(connection).map((table) => [table, moveRows(connection, table, from, to)]),
  );
  overwriteWords(connection, true);
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

/** The tables that keep something for tenants. */
function tenantTables(connection: Connection): string[] {
  const sql = `SELECT name FROM sqlite_schema AS entry
    WHERE type = 'table' AND EXISTS
      (SELECT 1 FROM pragma_table_info(entry.name) WHERE name = 'tenant')
    ORDER BY name`;
  return connection.all(sql, {}).map(({ name }) => String(name));
}

/** The tenants whose names begin so, those of the server's own key excepted. */
export function tenantsLike(connection: Connection, prefix: string): string[] {
  const tables = ["assistants", "threads"];
  const sql = tables.map((table) =>
    `SELECT tenant FROM ${table} WHERE tenant >= :prefix AND tenant < :prefix || 'z'`
  ).join(" UNION ");
  return connection.all(sql, { prefix }).map(({ tenant }) => String(tenant));
}

function assertNoActiveRuns(connection: Connection, tenant: string, nowMs: number): void {
  const row = connection.one(
    `SELECT count(*) AS runs FROM runs
      WHERE tenant = :tenant AND lease_until > :nowMs AND ${ACTIVE}`,
    { tenant, nowMs },
  );
  const runs = Number(row?.runs);
  if (runs === 0) return;
  throw new FatalError(
    `Cannot move the tenant: a server works on ${runs} of its runs; try again when they have ended, ` +
      "or some seconds after the server has stopped",
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
    if ((Number(error.errcode) & 0xff) !== CONSTRAINT) throw error;
    throw new FatalError(
      `Cannot move the tenant: both have ${table} with the same IDs; nothing was moved`,
      { cause: error },
    );
  }
}
