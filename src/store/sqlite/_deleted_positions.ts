/** Where in its list something stood that is deleted: who has its id for a cursor can go on from there. */

import type { Connection, Row } from "./connection.ts";
import { TABLES } from "./objects.ts";
import type { ListQuery } from "../object_store.ts";
import type { Kind } from "../objects.ts";

/** As many places are kept, the latest ones. */
const KEPT = 10_000;

/** Keeps the place of an object that is about to be deleted, and forgets those of what it takes with it. */
export function keepPlace(connection: Connection, tenant: string, kind: Kind, id: string): void {
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
    { kept: KEPT },
  );
}

/** The place that a deleted object had in the list, under the names of the cursor. */
export function keptPlace(
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
