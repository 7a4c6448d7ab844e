/** List positions of deleted objects, so that pages can continue from a deleted cursor. */

import type { Connection, Row } from "./connection.ts";
import { TABLES } from "./objects.ts";
import type { ListQuery } from "../object_store.ts";
import type { Kind } from "../objects.ts";

/** Number of positions to keep; the oldest are deleted first. */
const MAX_POSITIONS = 10_000;

/**
 * Records the position of an object that is about to be deleted. For a thread, deletes the recorded
 * positions of its messages.
 */
export function recordDeletedPosition(
  connection: Connection,
  tenant: string,
  kind: Kind,
  id: string,
): void {
  const thread = kind === "message" ? "thread_id" : "NULL";
  connection.run(
    `INSERT INTO deleted (tenant, kind, id, thread_id, created_at, place)
      SELECT tenant, '${kind}', id, ${thread}, created_at, seq FROM ${TABLES[kind]}
        WHERE tenant = :tenant AND id = :id`,
    { tenant, id },
  );
  connection.run("DELETE FROM deleted WHERE tenant = :tenant AND thread_id = :id", { tenant, id });
  connection.run(
    "DELETE FROM deleted WHERE seq <= (SELECT max(seq) FROM deleted) - :kept",
    { kept: MAX_POSITIONS },
  );
}

/**
 * Returns the position that a deleted cursor had in its list, in the columns `<cursor>_time` and
 * `<cursor>_seq`, or undefined if none is recorded.
 */
export function findDeletedPosition(
  connection: Connection,
  tenant: string,
  kind: Kind,
  query: ListQuery,
  cursor: "after" | "before",
): Row | undefined {
  return connection.one(
    `SELECT created_at AS ${cursor}_time, place AS ${cursor}_seq FROM deleted
      WHERE tenant = :tenant AND kind = :kind AND id = :id AND thread_id IS :thread_id
      ORDER BY seq DESC LIMIT 1`,
    { tenant, kind, id: query[cursor] ?? null, thread_id: query.thread_id ?? null },
  );
}
