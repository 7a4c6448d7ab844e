/**
 * Truncation of lists that are too long for a model's context. A truncated list still matches the
 * tool's output schema, and its `note` says how to get the rest.
 */

import { estimateTokens } from "../shared/token_count.ts";
import type { Tool } from "../tools/define_tool.ts";

/** Maximum size of a result, in tokens. */
const MAX_TOKENS = 8000;

/** Reserved for the note, in tokens. */
const NOTE_TOKENS = 100;

interface List {
  data: unknown[];
  last_id?: unknown;
  has_more?: unknown;
}

/**
 * Returns a list with the items that fit, at least one; any other value, and a list that fits, as it is.
 *
 * @param tool the tool that returned the value, by the name under which it is listed
 */
export function truncateList(value: object, tool: Pick<Tool, "name" | "input">): object {
  if (!isList(value)) return value;
  const text = JSON.stringify(value);
  // A UTF-16 unit takes at most three bytes in UTF-8, and a token at least one.
  if (text.length * 3 <= MAX_TOKENS || estimateTokens(text) <= MAX_TOKENS) return value;
  const { data, ...rest } = value;
  let remaining = MAX_TOKENS - NOTE_TOKENS - estimateTokens(JSON.stringify(rest));
  let count = 0;
  for (const item of data) {
    remaining -= estimateTokens(JSON.stringify(item)) + 1;
    if (remaining < 0 && count > 0) break;
    count++;
  }
  if (count === data.length) return value;
  const included = data.slice(0, count);
  const last = idOf(included.at(-1));
  return {
    ...value,
    data: included,
    ...("last_id" in value && { last_id: last }),
    ...("has_more" in value && { has_more: true }),
    note:
      `Truncated after ${count} of ${data.length} items: all of them would exceed ${MAX_TOKENS} ` +
      `tokens. ${howToGetRest(tool, last)}`,
  };
}

function howToGetRest({ name, input }: Pick<Tool, "name" | "input">, last: string | null): string {
  return last !== null && "after" in input.shape
    ? `For the rest call ${name} with the same arguments and after ${JSON.stringify(last)}.`
    : `${name} cannot start at a later item.`;
}

function isList(value: object): value is List {
  return "data" in value && Array.isArray(value.data);
}

function idOf(item: unknown): string | null {
  return typeof item === "object" && item !== null && "id" in item && typeof item.id === "string"
    ? item.id
    : null;
}
