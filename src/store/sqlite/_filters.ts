/** What a list is narrowed down to, in SQL. */

import type { Row, Values } from "./connection.ts";
import { TABLES } from "./objects.ts";
import type { ListQuery } from "../object_store.ts";
import type { Kind } from "../objects.ts";

/** Where a filtered list is read from, and what holds for its rows. */
export interface Filter {
  /** Has the columns `body`, `created_at` and `seq`, beside those that say which list it is. */
  source: string;
  terms: string[];
  values: Values;
}

/**
 * A list of a whole tenant with wanted metadata is read from the index of the first pair; in a
 * thread each object is looked at.
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
  for (const [bound, sign] of BOUNDS) {
    const time = query[bound];
    if (time === undefined || cursorAt(query, bound) !== undefined) continue;
    values[bound] = time;
    terms.push(`created_at ${sign} :${bound}`);
  }
  return { source: isIndexed ? labelled(kind) : TABLES[kind], terms, values };
}

const BOUNDS = [["created_after", ">"], ["created_before", "<"]] as const;

type Bound = typeof BOUNDS[number][0];

/** The cursor on the same side of a page as a bound, if there is one. */
function cursorAt({ order, ...query }: ListQuery, bound: Bound): "after" | "before" | undefined {
  const cursor = (order === "asc") === (bound === "created_after") ? "after" : "before";
  return query[cursor] === undefined ? undefined : cursor;
}

/**
 * The place of a cursor, or the bound on its side where that is narrower: so that each side of a
 * page has one end, at which SQLite stops.
 */
export function withinBounds(query: ListQuery, cursor: "after" | "before", place: Row): Row {
  for (const [bound] of BOUNDS) {
    const time = query[bound];
    if (time === undefined || cursorAt(query, bound) !== cursor) continue;
    const isLower = bound === "created_after";
    const at = Number(place[`${cursor}_time`]);
    if (isLower ? time < at : time > at) continue;
    return { [`${cursor}_time`]: time, [`${cursor}_seq`]: isLower ? Number.MAX_SAFE_INTEGER : -1 };
  }
  return place;
}

/** The rows with the first pair, in the columns of their table and in the order of its lists. */
function labelled(kind: Kind): string {
  return `(SELECT labels.tenant, labels.created_at, labels.seq, body FROM labels
    CROSS JOIN ${TABLES[kind]} AS labelled ON labelled.seq = labels.seq
    WHERE kind = '${kind}' AND name = :name0 AND value = :value0)`;
}
