/** What one tenant has, row by row, however much it is. */

import type { Connection, Row } from "../sqlite/connection.ts";
import { TABLES } from "../sqlite/objects.ts";
import type { Kind } from "../objects.ts";

export type Exported =
  /** An object of the API, as JSON on one line. */
  | { kind: Kind; json: string }
  /** The idempotency key that has made an assistant. */
  | { kind: "key"; assistantId: string; key: string }
  /** A file and the thread that keeps it, if one does; the content is null where it was not kept. */
  | { kind: "file"; threadId: string | null; json: string; content: Uint8Array | null };

/** What an object refers to comes before it; within a thread it is the order in which things came to be. */
export function* exportedOf(connection: Connection, tenant: string): Generator<Exported> {
  for (const { id, body, idempotency_key } of rowsOf(connection, tenant, "assistants")) {
    yield { kind: "assistant", json: String(body) };
    if (idempotency_key !== null) {
      yield { kind: "key", assistantId: String(id), key: String(idempotency_key) };
    }
  }
  for (const kind of ["thread", "run"] as const) {
    for (const { body } of rowsOf(connection, tenant, TABLES[kind])) {
      yield { kind, json: String(body) };
    }
  }
  yield* messagesAndSteps(connection, tenant);
  for (const { thread_id, body, content } of rowsOf(connection, tenant, "files", "rowid")) {
    yield {
      kind: "file",
      threadId: thread_id === null ? null : String(thread_id),
      json: String(body),
      content: content instanceof Uint8Array ? content : null,
    };
  }
}

/** Each step stands behind the last message before it. */
function* messagesAndSteps(connection: Connection, tenant: string): Generator<Exported> {
  const steps = rowsOf(connection, tenant, "steps")[Symbol.iterator]();
  let step = steps.next();
  function* stepsBefore(message: number): Generator<Exported> {
    for (; !step.done && Number(step.value.messages_before) < message; step = steps.next()) {
      yield { kind: "step", json: String(step.value.body) };
    }
  }
  for (const { seq, body } of rowsOf(connection, tenant, "messages")) {
    yield* stepsBefore(Number(seq));
    yield { kind: "message", json: String(body) };
  }
  yield* stepsBefore(Infinity);
}

function rowsOf(connection: Connection, tenant: string, table: string, order = "seq") {
  // "+" keeps SQLite from the index, after which it would have to sort.
  const sql = `SELECT * FROM ${table} WHERE +tenant = :tenant ORDER BY ${order}`;
  return connection.rows(sql, { tenant }) as Iterable<Row>;
}
