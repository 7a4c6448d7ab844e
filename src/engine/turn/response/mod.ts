/** Asking an upstream for a response, with its reasoning where it gives that away. */

import type OpenAI from "openai";
import { responseEvents } from "./_event_reader.ts";
import type { ResponsesRequest } from "../request/mod.ts";
import { isTooLong, shortened } from "./_truncate.ts";

export { type ResponsesRequest, responsesRequest } from "../request/mod.ts";
export { promptTokens } from "./_prompt_tokens.ts";

/** The models of an upstream that refuse to include their reasoning. */
const plainModels = new WeakMap<OpenAI, Set<string>>();

/** Sends a request whose answer is a stream; one that is too long goes again without its oldest turns. */
export async function ask(client: OpenAI, request: ResponsesRequest, signal: AbortSignal) {
  for (let sent = request;;) {
    try {
      return await askWhole(client, sent, signal);
    } catch (error) {
      const shorter = isTooLong(error) ? shortened(sent) : undefined;
      if (shorter === undefined) throw error;
      sent = shorter;
    }
  }
}

/**
 * A reasoning model wants its reasoning back with the outputs of its calls, so a request with tools
 * includes it. At OpenAI other models refuse that, and no list says which ones do: such a request
 * is sent again without, and it is remembered.
 */
async function askWhole(client: OpenAI, request: ResponsesRequest, signal: AbortSignal) {
  const plain = plainModels.get(client) ?? new Set();
  const model = String(request.model);
  if (!request.tools?.length || plain.has(model)) return await send(client, request, signal);
  try {
    const include = [...request.include ?? [], "reasoning.encrypted_content" as const];
    return await send(client, { ...request, include }, signal);
  } catch (error) {
    if (!refusesInclude(error)) throw error;
    plainModels.set(client, plain.add(model));
    return await send(client, request, signal);
  }
}

async function send(client: OpenAI, request: ResponsesRequest, signal: AbortSignal) {
  const response = await client.responses.create(request, { signal }).asResponse();
  return {
    data: responseEvents(response, signal),
    request_id: response.headers.get("x-request-id"),
  };
}

/** At OpenAI the error names the parameter; elsewhere at least its message does. */
function refusesInclude(error: unknown): boolean {
  if (!(error instanceof Error) || !("status" in error)) return false;
  if (error.status !== 400 && error.status !== 422) return false;
  return "param" in error && error.param === "include" ||
    /\binclude\b|encrypted/i.test(error.message);
}
