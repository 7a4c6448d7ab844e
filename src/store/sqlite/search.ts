/** Searching the texts of messages: the index is kept by triggers, in the transaction of the message. */

import type { Connection } from "./connection.ts";
import { parseBody } from "./objects.ts";
import type { Page, SearchQuery } from "../object_store.ts";
import type { Message } from "../objects.ts";
import { UnknownCursorError } from "../errors.ts";

/**
 * A row of the index has the place of its message for a number, so that the index is in the order
 * of the lists: its second, and within that its number.
 */
const SEQ_BITS = 31;

/** In SQL, the number in the index of the message in a row of the table, or with these values. */
export function placeInIndex(time: string, seq: string): string {
  return `((min(max(${time}, 0), 4294967295) << ${SEQ_BITS}) | ${seq})`;
}

/**
 * In SQL, what of a message a search may be limited by. Each becomes one word, whatever is in it:
 * an ID keeps its case and its punctuation only in hexadecimal digits.
 */
export function scopeOf(row: string): string {
  return `'t' || hex(${row}.tenant) || ' c' || hex(${row}.thread_id)
    || ' r' || hex(${row}.body ->> '$.role')`;
}

/** @throws {UnknownCursorError} when `after` is no message of the tenant */
export function searchMessages(
  connection: Connection,
  tenant: string,
  query: SearchQuery,
): Page<Message> {
  const place = query.after === undefined ? undefined : placeOf(connection, tenant, query.after);
  // One row more than asked for tells whether there are more.
  const values = { tenant, match: matchOf(tenant, query), limit: query.limit + 1 };
  const rows = place === undefined
    ? connection.all(searchSql(""), values)
    : connection.all(searchSql(`AND hits.rowid < ${placeInIndex(":time", ":seq")}`), {
      ...values,
      ...place,
    });
  const data = rows.slice(0, query.limit).map(parseBody<"message">);
  return { data, has_more: rows.length > query.limit };
}

/** Whether the index has words of messages that were deleted. */
export function areWordsLeft(connection: Connection): boolean {
  return connection.one("SELECT 1 FROM unsaid LIMIT 1", {}) !== undefined;
}

/** Takes the words of a few such messages out. */
export function takeOutWords(connection: Connection): void {
  const some = "SELECT place FROM unsaid ORDER BY place LIMIT 2";
  connection.run(
    `INSERT INTO message_words (message_words, rowid, scope, said)
      SELECT 'delete', place, scope, said FROM unsaid WHERE place IN (${some})`,
  );
  connection.run(`DELETE FROM unsaid WHERE place IN (${some})`);
}

/** Whether what is taken out of the index is overwritten at once, which costs much more. */
export function overwriteWords(connection: Connection, overwrites: boolean): void {
  connection.run(
    `INSERT INTO message_words (message_words, rank) VALUES ('secure-delete', ${
      overwrites ? 1 : 0
    })`,
  );
}

/** The index is read backwards, and no further than the page goes. */
function searchSql(beyond: string): string {
  return `SELECT messages.body FROM message_words AS hits
    CROSS JOIN messages ON messages.seq = hits.rowid & ${2 ** SEQ_BITS - 1}
    WHERE hits.message_words MATCH :match ${beyond} AND messages.tenant = :tenant
    ORDER BY hits.rowid DESC LIMIT :limit`;
}

/** FTS5's expression; words that stand beside each other all have to be there. */
function matchOf(tenant: string, { terms, thread_id, role }: SearchQuery): string {
  const scope = [`t${hex(tenant)}`];
  if (thread_id !== undefined) scope.push(`c${hex(thread_id)}`);
  if (role !== undefined) scope.push(`r${hex(role)}`);
  // A string ends at its first zero, as FTS5 reads it.
  const words = terms.map(({ text, prefix }) =>
    `"${text.replaceAll('"', " ").replaceAll("\0", " ")}"${prefix ? " *" : ""}`
  );
  return `scope : (${scope.join(" ")}) AND said : (${words.join(" ")})`;
}

/** The place of a message, also of one that was deleted not long ago. */
function placeOf(connection: Connection, tenant: string, id: string) {
  const place = connection.one(
    `SELECT created_at AS time, seq FROM messages WHERE tenant = :tenant AND id = :id`,
    { tenant, id },
  ) ?? connection.one(
    `SELECT created_at AS time, place AS seq FROM deleted
      WHERE tenant = :tenant AND kind = 'message' AND id = :id ORDER BY seq DESC LIMIT 1`,
    { tenant, id },
  );
  if (place === undefined) throw new UnknownCursorError("after", id);
  return place;
}

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}
