/** The query parameters of list operations. */

import { type Kind, type ListQuery, type Page, UnknownCursorError } from "../../store/mod.ts";
import { invalid, wrongType } from "../objects/errors.ts";
import { listObject } from "../objects/new_objects.ts";
import { runStatus } from "../objects/schemas.ts";
import { id, integer, metadata, oneOf, string } from "../objects/validation.ts";

const PREFIXES: Record<Kind, string> = {
  assistant: "asst",
  thread: "thread",
  message: "msg",
  run: "run",
  step: "step",
};

const limit = integer({ min: 1, max: 100 });
const order = oneOf(["asc", "desc"]);

const seconds = integer({ min: 0 });
const text = string({ max: 512 });

/**
 * Parses the query of a list operation.
 *
 * @throws {ApiError} 400 for an invalid limit, order, cursor or filter
 */
export function listQuery(query: string, kind: Kind): ListQuery {
  const given = new URLSearchParams(query);
  const result: ListQuery = {
    ...filtersOf(given, kind),
    limit: limit(numeric(given.get("limit") ?? "20"), "limit"),
    order: order(given.get("order") ?? "desc", "order"),
  };
  const cursor = id(PREFIXES[kind]);
  for (const name of ["after", "before"] as const) {
    const value = given.get(name);
    // Some clients send an empty cursor for none.
    if (value) result[name] = cursor(value, name);
  }
  return result;
}

/**
 * Reads one page and returns it as a list object.
 *
 * @throws {ApiError} 400 for a cursor that is not in the list
 */
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

/** Parses the filters, which OpenAI's API did not have. Empty values are ignored. */
function filtersOf(given: URLSearchParams, kind: Kind): Partial<ListQuery> {
  if (kind === "step") return {};
  const result: Partial<ListQuery> = {};
  const pairs = [...given].flatMap(([name, value]) => {
    const [, key] = /^metadata\[(.*)\]$/s.exec(name) ?? [];
    return key === undefined ? [] : [[key, value] as const];
  });
  if (pairs.length > 0) result.metadata = metadata(Object.fromEntries(pairs), "metadata");
  for (const name of ["created_after", "created_before"] as const) {
    const value = given.get(name);
    if (value) result[name] = seconds(numeric(value, name), name);
  }
  const assistant = given.get("assistant_id");
  if (assistant && (kind === "run" || kind === "message")) {
    result.assistant_id = text(assistant, "assistant_id");
  }
  const status = given.get("status");
  if (status && kind === "run") result.status = runStatus(status, "status");
  return result;
}

function numeric(text: string, name = "limit"): unknown {
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw wrongType(name, "an integer", text);
  return Number(text);
}
