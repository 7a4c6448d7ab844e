/**
 * Lists that fit into a model's context: one that is too long ends with an item, and says how to
 * get the rest. It stays what the tool's output schema describes.
 */

import { estimateTokens } from "../shared/token_count.ts";
import type { Tool } from "../tools/define_tool.ts";

/** What a result may cost a model, in tokens. */
const MAX_TOKENS = 8000;

/** What the note that is put in may cost. */
const NOTE_TOKENS = 100;

interface List {
  data: unknown[];
  last_id?: unknown;
  has_more?: unknown;
}

/**
 * The list up to the last item that fits, or the value as it is.
 *
 * @param tool its name is the one by which the model calls it
 */
export function truncateList(value: object, tool: Pick<Tool, "name" | "input">): object {
  if (!isList(value)) return value;
  const text = JSON.stringify(value);
  // No token is shorter than a byte, and no character longer than three.
  if (text.length * 3 <= MAX_TOKENS || estimateTokens(text) <= MAX_TOKENS) return value;
  const { data, ...rest } = value;
  let left = MAX_TOKENS - NOTE_TOKENS - estimateTokens(JSON.stringify(rest));
  let count = 0;
  for (const item of data) {
    left -= estimateTokens(JSON.stringify(item)) + 1;
    if (left < 0 && count > 0) break;
    count++;
  }
  if (count === data.length) return value;
  const kept = data.slice(0, count);
  const last = idOf(kept.at(-1));
  return {
    ...value,
    data: kept,
    ...("last_id" in value && { last_id: last }),
    ...("has_more" in value && { has_more: true }),
    note:
      `Cut after ${count} of ${data.length} items, as all of them would be over ${MAX_TOKENS} ` +
      `tokens. ${theRest(tool, last)}`,
  };
}

function theRest({ name, input }: Pick<Tool, "name" | "input">, last: string | null): string {
  return last !== null && "after" in input.shape
    ? `For the rest call ${name} with the same arguments and after ${JSON.stringify(last)}.`
    : `${name} has no way to start at a later item.`;
}

function isList(value: object): value is List {
  return "data" in value && Array.isArray(value.data);
}

function idOf(item: unknown): string | null {
  return typeof item === "object" && item !== null && "id" in item && typeof item.id === "string"
    ? item.id
    : null;
}
