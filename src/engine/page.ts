/** The query of a list operation. */

import { type Kind, type ListQuery, type Page, UnknownCursorError } from "../store/mod.ts";
import { invalid } from "./errors.ts";
import { listObject } from "./objects.ts";
import { id, integer, oneOf, wrongType } from "./validate.ts";

const PREFIXES: Record<Kind, string> = {
  assistant: "asst",
  thread: "thread",
  message: "msg",
  run: "run",
  step: "step",
};

const limit = integer({ min: 1, max: 100 });
const order = oneOf(["asc", "desc"]);

/** @throws {ApiError} 400 for a limit, an order or a cursor that the contract does not allow */
export function listQuery(query: string, kind: Kind): ListQuery {
  const given = new URLSearchParams(query);
  const result: ListQuery = {
    limit: limit(numeric(given.get("limit") ?? "20"), "limit"),
    order: order(given.get("order") ?? "desc", "order"),
  };
  const cursor = id(PREFIXES[kind]);
  for (const name of ["after", "before"] as const) {
    const value = given.get(name);
    // An empty cursor is what clients send that have none.
    if (value) result[name] = cursor(value, name);
  }
  return result;
}

/** Reads one page; a cursor that is not in the list is the client's mistake. */
export async function readPage<T extends { id: string }>(read: () => Promise<Page<T>>) {
  try {
    return listObject(await read());
  } catch (error) {
    if (!(error instanceof UnknownCursorError)) throw error;
    throw invalid(
      `Invalid '${error.param}': no object found with id '${error.id}' in this list.`,
      error.param,
      "invalid_value",
    );
  }
}

function numeric(text: string): unknown {
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw wrongType("limit", "an integer", text);
  return Number(text);
}
