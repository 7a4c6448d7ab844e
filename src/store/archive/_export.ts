/** Reads everything that one tenant has, row by row. */

import type { Connection, Row } from "../sqlite/connection.ts";
import { TABLES } from "../sqlite/objects.ts";
import type { Kind } from "../objects.ts";

/** An entry of an export. */
export type Exported =
  /** An API object, as JSON on one line. */
  | { kind: Kind; json: string }
  /** The idempotency key that an assistant was created with. */
  | { kind: "key"; assistantId: string; key: string }
  /** A file and its thread, if it has one. `content` is null if it was not stored. */
  | { kind: "file"; threadId: string | null; json: string; content: Uint8Array | null };

/**
 * Yields the entries of a tenant. An object comes after those that it refers to; messages and steps
 * come in the order in which they were created.
 */
export function* exportedEntries(connection: Connection, tenant: string): Generator<Exported> {
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

/** Yields each step after the last message before it. */
function* messagesAndSteps(connection: Connection, tenant: string): Generator<Exported> {
  const steps = rowsOf(connection, tenant, "steps")[Symbol.iterator]();
  let step = steps.next();
  function* stepsBefore(messageSeq: number): Generator<Exported> {
    for (; !step.done && Number(step.value.messages_before) < messageSeq; step = steps.next()) {
      yield { kind: "step", json: String(step.value.body) };
    }
  }
  for (const { seq, body } of rowsOf(connection, tenant, "messages")) {
    yield* stepsBefore(Number(seq));
    yield { kind: "message", json: String(body) };
  }
  yield* stepsBefore(Infinity);
}

function rowsOf(
  connection: Connection,
  tenant: string,
  table: string,
  order = "seq",
): Iterable<Row> {
  // "+" keeps SQLite from the index by tenant, after which it would have to sort all rows.
  const sql = `SELECT * FROM ${table} WHERE +tenant = :tenant ORDER BY ${order}`;
  return connection.rows(sql, { tenant });
}
