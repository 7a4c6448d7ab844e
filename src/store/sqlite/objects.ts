/** Reads and writes API objects in their tables. */

import type { Connection, Row } from "./connection.ts";
import type { Assistant, Kind, Objects } from "../objects.ts";

export const TABLES = {
  assistant: "assistants",
  thread: "threads",
  message: "messages",
  run: "runs",
  step: "steps",
} satisfies Record<Kind, string>;

/** Columns that a new row copies from its object, besides `id` and `created_at`. */
const PARENT_COLUMNS = {
  assistant: [],
  thread: [],
  message: ["thread_id", "run_id"],
  run: ["thread_id"],
  step: ["thread_id", "run_id"],
} satisfies Record<Kind, string[]>;

/** Returns an object, or undefined if it does not exist. */
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

/** Inserts objects, or replaces those that exist. */
export function putObjects<K extends Kind>(
  connection: Connection,
  tenant: string,
  kind: K,
  objects: readonly Objects[K][],
): void {
  const columns = ["id", "created_at", ...PARENT_COLUMNS[kind]];
  const values = columns.map((name) => `:body ->> '$.${name}'`);
  if (kind === "thread") {
    columns.push("used_at");
    values.push(":body ->> '$.created_at'");
  }
  if (kind === "step") {
    columns.push("messages_before");
    // Looking up the maximum of the whole table costs nothing. It compares correctly with the
    // thread's own messages, because `seq` only grows.
    values.push("(SELECT coalesce(max(seq), 0) FROM messages)");
  }
  const sql = `INSERT INTO ${TABLES[kind]} (tenant, body, ${columns.join(", ")})
    VALUES (:tenant, :body, ${values.join(", ")})
    ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body`;
  for (const object of objects) {
    connection.run(sql, { tenant, body: JSON.stringify(object) });
  }
}

/** Inserts an assistant and returns it, or returns the one that was inserted with the same key. */
export function insertAssistant(
  connection: Connection,
  tenant: string,
  assistant: Assistant,
  idempotencyKey: string | null,
): Assistant {
  const values = { tenant, key: idempotencyKey };
  const earlier = connection.one(
    "SELECT body FROM assistants WHERE tenant = :tenant AND idempotency_key = :key",
    values,
  );
  if (earlier) return parseBody<"assistant">(earlier);
  putObjects(connection, tenant, "assistant", [assistant]);
  connection.run(
    "UPDATE assistants SET idempotency_key = :key WHERE tenant = :tenant AND id = :id",
    { ...values, id: assistant.id },
  );
  return assistant;
}

/** Deletes an object and everything that belongs to it. Returns false if it does not exist. */
export function deleteObject(
  connection: Connection,
  tenant: string,
  kind: Kind,
  id: string,
): boolean {
  const sql = `DELETE FROM ${TABLES[kind]} WHERE tenant = :tenant AND id = :id`;
  return connection.run(sql, { tenant, id }) > 0;
}

/** Parses the object in the `body` column of a row. */
export function parseBody<K extends Kind>(row: Row): Objects[K] {
  return JSON.parse(String(row.body));
}
