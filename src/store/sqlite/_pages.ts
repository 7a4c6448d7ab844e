/** Pages of lists. The cost of a page does not depend on its position in the list. */

import type { Connection, Row } from "./connection.ts";
import { findDeletedPosition } from "./_deleted_positions.ts";
import { filterOf, withinBounds } from "./_filters.ts";
import { parseBody, TABLES } from "./objects.ts";
import { UnknownCursorError } from "../errors.ts";
import type { ListQuery, Page } from "../object_store.ts";
import type { Kind, Objects } from "../objects.ts";

/**
 * Maximum size of a page, in UTF-16 units of JSON. A page that reaches it has fewer objects than its
 * limit, but at least one, so that large objects neither exhaust the memory nor block other callers.
 */
const MAX_PAGE_LENGTH = 4 * 1024 * 1024;

/**
 * Returns one page of a list.
 *
 * @throws {UnknownCursorError} if `after` or `before` is not in the list
 */
export function readPage<K extends Kind>(
  connection: Connection,
  tenant: string,
  kind: K,
  query: ListQuery,
): Page<Objects[K]> {
  const table = TABLES[kind];
  const list = listValues(tenant, query);
  const positions = (["after", "before"] as const).map((cursor) => {
    const id = query[cursor];
    if (id === undefined) return {};
    const position = connection.one(positionSql(table, query, cursor), { ...list, id }) ??
      findDeletedPosition(connection, tenant, kind, query, cursor);
    if (!position) throw new UnknownCursorError(cursor, id);
    return withinBounds(query, cursor, position);
  });
  const { values } = filterOf(kind, query);
  // One row beyond the limit shows whether there are more.
  const all = Object.assign({ limit: query.limit + 1 }, list, values, ...positions);
  const page = takePage<K>(connection.rows(pageSql(kind, query), all), query.limit);
  if (isBackwards(query)) page.data.reverse();
  return page;
}

/**
 * Parses rows up to the limit and the maximum size of a page.
 *
 * @param rows at least one row beyond the limit, if there are more
 */
export function takePage<K extends Kind>(rows: Iterable<Row>, limit: number): Page<Objects[K]> {
  const data: Objects[K][] = [];
  let length = 0;
  for (const row of rows) {
    length += String(row.body).length;
    if (data.length === limit || data.length > 0 && length > MAX_PAGE_LENGTH) {
      return { data, has_more: true };
    }
    data.push(parseBody<K>(row));
  }
  return { data, has_more: false };
}

/**
 * Returns the SQL that selects the `body` of the rows of a page. Its parameters are those of
 * `listValues()` and of the filter, `limit`, and the columns of `positionSql()` for each cursor.
 */
export function pageSql(kind: Kind, query: ListQuery): string {
  const { source, terms } = filterOf(kind, query);
  const order = isBackwards(query) === (query.order === "asc") ? "desc" : "asc";
  const [beyond, short] = order === "asc" ? [">", "<"] : ["<", ">"];
  const start = isBackwards(query) ? "before" : query.after !== undefined ? "after" : undefined;
  const end = query.before !== undefined && start === "after" ? "before" : undefined;

  const rows = `SELECT body, created_at, seq FROM ${source} WHERE ` +
    [inList(query), ...terms].join(" AND ") +
    (end ? ` AND (created_at, seq) ${short} (:${end}_time, :${end}_seq)` : "");
  // In two parts: for a comparison of both columns at once, SQLite would scan all rows of that second.
  const parts = start
    ? [
      `${rows} AND created_at = :${start}_time AND seq ${beyond} :${start}_seq`,
      `${rows} AND created_at ${beyond} :${start}_time`,
    ]
    : [rows];
  return `${parts.join(" UNION ALL ")} ORDER BY created_at ${order}, seq ${order} LIMIT :limit`;
}

/** With `before` alone, the page is read backwards from there and then reversed. */
function isBackwards({ after, before }: ListQuery): boolean {
  return before !== undefined && after === undefined;
}

/** Selects the position of the object `id`, or no row if it is not in the list. */
function positionSql(table: string, query: ListQuery, cursor: "after" | "before"): string {
  return `SELECT created_at AS ${cursor}_time, seq AS ${cursor}_seq FROM ${table}
    WHERE ${inList(query)} AND id = :id`;
}

/** The parameters that identify a list. */
function listValues(tenant: string, query: ListQuery): Record<string, string> {
  const values: Record<string, string> = { tenant };
  if (query.thread_id !== undefined) values.thread_id = query.thread_id;
  if (query.run_id !== undefined) values.run_id = query.run_id;
  return values;
}

function inList(query: ListQuery): string {
  const terms = ["tenant = :tenant"];
  if (query.run_id !== undefined) terms.push("run_id = :run_id");
  if (query.thread_id !== undefined) {
    // "+" keeps SQLite from using the index of the thread when that of the run finds fewer rows.
    terms.push(query.run_id === undefined ? "thread_id = :thread_id" : "+thread_id = :thread_id");
  }
  return terms.join(" AND ");
}
