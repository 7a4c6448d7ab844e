/**
 * Truncates conversations that exceed the context window of their model, for upstreams that do not
 * implement `truncation: "auto"`.
 */

import type { InputItem } from "../request/replay.ts";
import type { ResponsesRequest } from "../request/mod.ts";

/** Returns the request without the older half of its turns; undefined if only one is left, or if truncation is off. */
export function withoutOlderTurns(request: ResponsesRequest): ResponsesRequest | undefined {
  const { input, truncation } = request;
  if (truncation !== "auto" || !Array.isArray(input)) return undefined;
  // A turn starts with a user message, so calls and their outputs stay together.
  const turns = input.flatMap((item, index) => isFromUser(item) ? [index] : []);
  const first = turns[Math.ceil(turns.length / 2)];
  return first === undefined ? undefined : { ...request, input: input.slice(first) };
}

/** Whether the upstream rejected a request for its length. Only OpenAI sends an error code for it. */
export function isTooLong(error: unknown): boolean {
  if (!(error instanceof Error) || !("status" in error)) return false;
  if (![400, 413, 422].includes(Number(error.status))) return false;
  return "code" in error && error.code === "context_length_exceeded" ||
    /context (length|window|size)|maximum context/i.test(error.message);
}

function isFromUser(item: InputItem): boolean {
  return "role" in item && item.role === "user";
}
