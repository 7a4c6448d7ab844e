/** Filters of lists, as SQL. */

import type { Row, Values } from "./connection.ts";
import { TABLES } from "./objects.ts";
import type { ListQuery } from "../object_store.ts";
import type { Kind } from "../objects.ts";

/** The rows that a filtered list reads from, and the conditions on them. */
export interface Filter {
  /** Has the columns `body`, `created_at` and `seq`, and those that identify the list. */
  source: string;
  terms: string[];
  values: Values;
}

/**
 * Returns the filter of a query. A tenant-wide list with metadata reads from the index of the first
 * pair; a list within a thread checks each object.
 */
export function filterOf(kind: Kind, query: ListQuery): Filter {
  const { metadata = {}, status, assistant_id } = query;
  const pairs = Object.entries(metadata);
  const isIndexed = pairs.length > 0 && query.thread_id === undefined;
  const values: Values = {};
  const terms: string[] = [];
  for (const [index, [name, value]] of pairs.entries()) {
    values[`name${index}`] = name;
    values[`value${index}`] = value;
    if (index === 0 && isIndexed) continue;
    terms.push(
      `EXISTS (SELECT 1 FROM json_each(body, '$.metadata')
        WHERE key = :name${index} AND value = :value${index})`,
    );
  }
  if (status !== undefined) {
    values.status = status;
    terms.push("status = :status");
  }
  if (assistant_id !== undefined) {
    values.assistant_id = assistant_id;
    terms.push("body ->> '$.assistant_id' = :assistant_id");
  }
  for (const [bound, operator] of BOUNDS) {
    const time = query[bound];
    if (time === undefined || cursorAt(query, bound) !== undefined) continue;
    values[bound] = time;
    terms.push(`created_at ${operator} :${bound}`);
  }
  return { source: isIndexed ? labelledRows(kind) : TABLES[kind], terms, values };
}

const BOUNDS = [["created_after", ">"], ["created_before", "<"]] as const;

type Bound = typeof BOUNDS[number][0];

/** Returns the cursor on the same side of the page as a bound, if there is one. */
function cursorAt({ order, ...query }: ListQuery, bound: Bound): "after" | "before" | undefined {
  const cursor = (order === "asc") === (bound === "created_after") ? "after" : "before";
  return query[cursor] === undefined ? undefined : cursor;
}

/**
 * Returns the position of a cursor, or the time bound on the same side if that is narrower. Each side
 * of a page then has a single limit, at which SQLite stops reading.
 */
export function withinBounds(query: ListQuery, cursor: "after" | "before", position: Row): Row {
  for (const [bound] of BOUNDS) {
    const time = query[bound];
    if (time === undefined || cursorAt(query, bound) !== cursor) continue;
    const isLower = bound === "created_after";
    const cursorTime = Number(position[`${cursor}_time`]);
    if (isLower ? time < cursorTime : time > cursorTime) continue;
    return { [`${cursor}_time`]: time, [`${cursor}_seq`]: isLower ? Number.MAX_SAFE_INTEGER : -1 };
  }
  return position;
}

/** Selects the rows that have the first pair, with the columns and the order of their table. */
function labelledRows(kind: Kind): string {
  return `(SELECT labels.tenant, labels.created_at, labels.seq, body FROM labels
    CROSS JOIN ${TABLES[kind]} AS labelled ON labelled.seq = labels.seq
    WHERE kind = '${kind}' AND name = :name0 AND value = :value0)`;
}
