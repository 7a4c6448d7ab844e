/**
 * A conversation that is too long for its model, where the run lets it be cut and the upstream does
 * not do that by itself, as OpenAI's does.
 */

import type { InputItem } from "../request/replay.ts";
import type { ResponsesRequest } from "../request/mod.ts";

/** The request without the older half of its turns; undefined where there is but one, or it is not to be cut. */
export function shortened(request: ResponsesRequest): ResponsesRequest | undefined {
  const { input, truncation } = request;
  if (truncation !== "auto" || !Array.isArray(input)) return undefined;
  // What was called in a turn, and what came of it, stays with it.
  const turns = input.flatMap((item, place) => isFromUser(item) ? [place] : []);
  const first = turns[Math.ceil(turns.length / 2)];
  return first === undefined ? undefined : { ...request, input: input.slice(first) };
}

/** Whether an upstream has refused a request for its length; only OpenAI's has a code for it. */
export function isTooLong(error: unknown): boolean {
  if (!(error instanceof Error) || !("status" in error)) return false;
  if (![400, 413, 422].includes(Number(error.status))) return false;
  return "code" in error && error.code === "context_length_exceeded" ||
    /context (length|window|size)|maximum context/i.test(error.message);
}

function isFromUser(item: InputItem): boolean {
  return "role" in item && item.role === "user";
}
