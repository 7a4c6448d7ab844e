/** Full-text search of messages. Triggers update the index in the transaction of the message. */

import type { Connection } from "./connection.ts";
import { takePage } from "./_pages.ts";
import { UnknownCursorError } from "../errors.ts";
import type { Page, SearchQuery } from "../object_store.ts";
import type { Message } from "../objects.ts";

/** The low bits of an index rowid hold the `seq` of the message, the high bits its `created_at`. */
const SEQ_BITS = 31;

/**
 * Returns the SQL expression for the rowid of a message in the index. Rowids sort like the lists: by
 * second, then by `seq`.
 */
export function indexRowid(time: string, seq: string): string {
  return `((min(max(${time}, 0), 4294967295) << ${SEQ_BITS}) | ${seq})`;
}

/**
 * Returns the SQL expression for the tenant, thread and role of a message, by which a search can be
 * limited. Each becomes one word; in hexadecimal, IDs keep their case and punctuation.
 */
export function indexScope(row: string): string {
  return `'t' || hex(${row}.tenant) || ' c' || hex(${row}.thread_id)
    || ' r' || hex(${row}.body ->> '$.role')`;
}

/**
 * Returns one page of the messages that match a query, newest first.
 *
 * @throws {UnknownCursorError} if `after` is not a message of the tenant
 */
export function searchMessages(
  connection: Connection,
  tenant: string,
  query: SearchQuery,
): Page<Message> {
  const position = query.after === undefined
    ? undefined
    : messagePosition(connection, tenant, query.after);
  // One row beyond the limit shows whether there are more.
  const values = { tenant, match: matchExpression(tenant, query), limit: query.limit + 1 };
  const rows = position === undefined
    ? connection.rows(searchSql(""), values)
    : connection.rows(searchSql(`AND hits.rowid < ${indexRowid(":time", ":seq")}`), {
      ...values,
      ...position,
    });
  return takePage<"message">(rows, query.limit);
}

/** Returns whether the index has entries of deleted messages. */
export function hasDeletedEntries(connection: Connection): boolean {
  return connection.one("SELECT 1 FROM unsaid LIMIT 1", {}) !== undefined;
}

/** Removes the entries of at most two deleted messages from the index. */
export function removeDeletedEntries(connection: Connection): void {
  const some = "SELECT place FROM unsaid ORDER BY place LIMIT 2";
  connection.run(
    `INSERT INTO message_words (message_words, rowid, scope, said)
      SELECT 'delete', place, scope, said FROM unsaid WHERE place IN (${some})`,
  );
  connection.run(`DELETE FROM unsaid WHERE place IN (${some})`);
}

/** Sets whether removed entries are overwritten at once, which makes removal much slower. */
export function setSecureDelete(connection: Connection, isOn: boolean): void {
  connection.run(
    `INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', ${isOn ? 1 : 0})`,
  );
}

/** Reads the index backwards, and stops at the end of the page. */
function searchSql(condition: string): string {
  return `SELECT messages.body FROM message_words AS hits
    CROSS JOIN messages ON messages.seq = hits.rowid & ${2 ** SEQ_BITS - 1}
    WHERE hits.message_words MATCH :match ${condition} AND messages.tenant = :tenant
    ORDER BY hits.rowid DESC LIMIT :limit`;
}

/** Returns the FTS5 expression of a query; a space between two words or phrases means AND. */
function matchExpression(tenant: string, { terms, thread_id, role }: SearchQuery): string {
  const scope = [`t${hex(tenant)}`];
  if (thread_id !== undefined) scope.push(`c${hex(thread_id)}`);
  if (role !== undefined) scope.push(`r${hex(role)}`);
  // FTS5 ends a string at its first NUL.
  const words = terms.map(({ text, prefix }) =>
    `"${text.replaceAll('"', " ").replaceAll("\0", " ")}"${prefix ? " *" : ""}`
  );
  return `scope : (${scope.join(" ")}) AND said : (${words.join(" ")})`;
}

/** Returns the position of a message, which may have been deleted recently. */
function messagePosition(connection: Connection, tenant: string, id: string) {
  const position = connection.one(
    `SELECT created_at AS time, seq FROM messages WHERE tenant = :tenant AND id = :id`,
    { tenant, id },
  ) ?? connection.one(
    `SELECT created_at AS time, place AS seq FROM deleted
      WHERE tenant = :tenant AND kind = 'message' AND id = :id ORDER BY seq DESC LIMIT 1`,
    { tenant, id },
  );
  if (position === undefined) throw new UnknownCursorError("after", id);
  return position;
}

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}
