/** The objects in their tables: reading one by its id, and writing what an object says of itself. */

import type { Connection, Row } from "./connection.ts";
import type { Assistant, Kind, Objects } from "../objects.ts";

export const TABLES = {
  assistant: "assistants",
  thread: "threads",
  message: "messages",
  run: "runs",
  step: "steps",
} satisfies Record<Kind, string>;

/** What a new row takes from its object, beside `id` and `created_at`. */
const PARENTS = {
  assistant: [],
  thread: [],
  message: ["thread_id", "run_id"],
  run: ["thread_id"],
  step: ["thread_id", "run_id"],
} satisfies Record<Kind, string[]>;

export function findObject<K extends Kind>(
  connection: Connection,
  tenant: string,
  kind: K,
  id: string,
): Objects[K] | undefined {
  const sql = `SELECT body FROM ${TABLES[kind]} WHERE tenant = :tenant AND id = :id`;
  const row = connection.one(sql, { tenant, id });
  return row && parseBody<K>(row);
}

/** Inserts objects, or replaces those that are there. */
export function putObjects<K extends Kind>(
  connection: Connection,
  tenant: string,
  kind: K,
  objects: readonly Objects[K][],
): void {
  const columns = ["id", "created_at", ...PARENTS[kind]];
  const values = columns.map((name) => `:body ->> '$.${name}'`);
  if (kind === "thread") {
    columns.push("used_at");
    values.push(":body ->> '$.created_at'");
  }
  if (kind === "step") {
    columns.push("messages_before");
    // Of the whole table, where it costs nothing: numbers only ever grow.
    values.push("(SELECT coalesce(max(seq), 0) FROM messages)");
  }
  const sql = `INSERT INTO ${TABLES[kind]} (tenant, body, ${columns.join(", ")})
    VALUES (:tenant, :body, ${values.join(", ")})
    ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body`;
  for (const object of objects) {
    connection.run(sql, { tenant, body: JSON.stringify(object) });
  }
}

/** Returns the assistant that the key has made before, or inserts this one. */
export function putAssistantOnce(
  connection: Connection,
  tenant: string,
  assistant: Assistant,
  key: string | null,
): Assistant {
  const earlier = connection.one(
    "SELECT body FROM assistants WHERE tenant = :tenant AND idempotency_key = :key",
    { tenant, key },
  );
  if (earlier) return parseBody<"assistant">(earlier);
  putObjects(connection, tenant, "assistant", [assistant]);
  connection.run(
    "UPDATE assistants SET idempotency_key = :key WHERE tenant = :tenant AND id = :id",
    { tenant, id: assistant.id, key },
  );
  return assistant;
}

/** Deletes an object with all that belongs to it; false when there is none. */
export function deleteObject(
  connection: Connection,
  tenant: string,
  kind: Kind,
  id: string,
): boolean {
  const sql = `DELETE FROM ${TABLES[kind]} WHERE tenant = :tenant AND id = :id`;
  return connection.run(sql, { tenant, id }) > 0;
}

/** The object of a row that has selected its `body`. */
export function parseBody<K extends Kind>(row: Row): Objects[K] {
  return JSON.parse(String(row.body));
}
