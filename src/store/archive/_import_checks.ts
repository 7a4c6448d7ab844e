/** Checks of staged objects against the database and each other. */

import { ImportError } from "./_import_error.ts";
import type { Connection, Values } from "../sqlite/connection.ts";
import { TABLES } from "../sqlite/objects.ts";
import type { Kind } from "../objects.ts";

export const IMPORTED_KINDS = ["assistant", "thread", "message", "run", "step", "file"] as const;

const TABLES_BY_KIND: Record<Kind | "file", string> = { ...TABLES, file: "files" };

/** Marks the staged objects that the database has already. */
export function markExisting(connection: Connection, tenant: string): void {
  for (const kind of IMPORTED_KINDS) {
    connection.run(
      `UPDATE staged SET existing = 1 WHERE kind = '${kind}' AND EXISTS
        (SELECT 1 FROM ${TABLES_BY_KIND[kind]} AS stored
          WHERE stored.tenant = :tenant AND stored.id = staged.id)`,
      { tenant },
    );
  }
}

/** @throws {ImportError} if the database has one of the staged objects already */
export function assertNoneExisting(connection: Connection): void {
  assertNoneFound(
    connection,
    "existing = 1",
    {},
    (id) => `${id} is already in the database; use --skip-existing to skip such objects`,
  );
}

/** @throws {ImportError} if an object belongs to one that is neither staged nor in the database */
export function assertNoOrphans(connection: Connection, tenant: string): void {
  assertNoneFound(
    connection,
    `thread_id IS NOT NULL AND NOT ${isStagedOrStored("thread", "staged.thread_id")}`,
    { tenant },
    (id, { thread_id }) =>
      `${id} belongs to the thread ${thread_id}, which is neither in the file nor in the database`,
  );
  assertNoneFound(
    connection,
    `kind = 'step' AND NOT ${
      isStagedOrStored("run", "staged.run_id", "AND other.thread_id = staged.thread_id")
    }`,
    { tenant },
    (id, { run_id, thread_id }) =>
      `${id} belongs to the run ${run_id} of the thread ${thread_id}, and that run is neither in ` +
      "the file nor in the database",
  );
  assertNoneFound(
    connection,
    `kind = 'key' AND NOT EXISTS
      (SELECT 1 FROM staged AS other WHERE other.kind = 'assistant' AND other.id = staged.id)`,
    {},
    (id) => `the assistant ${id} is not in the file`,
  );
}

/** SQL condition: the object is staged or in the database. */
function isStagedOrStored(kind: "thread" | "run", id: string, condition = ""): string {
  const isOther = `other.id = ${id} ${condition}`;
  return `(EXISTS (SELECT 1 FROM staged AS other WHERE other.kind = '${kind}' AND ${isOther})
    OR EXISTS
      (SELECT 1 FROM ${TABLES[kind]} AS other WHERE other.tenant = :tenant AND ${isOther}))`;
}

/** @throws {ImportError} for the first staged object that meets the condition */
function assertNoneFound(
  connection: Connection,
  condition: string,
  values: Values,
  reason: (id: string, row: Record<string, unknown>) => string,
): void {
  const row = connection.one(
    `SELECT line, item, id, thread_id, run_id FROM staged WHERE ${condition}
      ORDER BY position LIMIT 1`,
    values,
  );
  if (row === undefined) return;
  const place = { line: Number(row.line), item: row.item === null ? undefined : Number(row.item) };
  throw new ImportError(place, reason(String(row.id), row));
}
