/** Requests a streamed response, with encrypted reasoning where the model provides it. */

import type OpenAI from "openai";
import { responseEvents } from "./_event_reader.ts";
import type { ResponsesRequest } from "../request/mod.ts";
import { isTooLong, withoutOlderTurns } from "./_truncate.ts";

export { type ResponsesRequest, responsesRequest } from "../request/mod.ts";
export { promptTokens } from "./_prompt_tokens.ts";

/** Per client, the models that do not support `reasoning.encrypted_content`. */
const modelsWithoutReasoning = new WeakMap<OpenAI, Set<string>>();

/**
 * Sends a request and returns the stream of its events. If the conversation is too long for the
 * model, it is truncated and sent again.
 *
 * @throws {Error} the SDK's error if the upstream rejects the request
 */
export async function requestResponse(
  client: OpenAI,
  request: ResponsesRequest,
  signal: AbortSignal,
) {
  for (let attempt = request;;) {
    try {
      return await requestWithReasoning(client, attempt, signal);
    } catch (error) {
      const shorter = isTooLong(error) ? withoutOlderTurns(attempt) : undefined;
      if (shorter === undefined) throw error;
      attempt = shorter;
    }
  }
}

/**
 * Reasoning models expect their reasoning back together with tool outputs, so a request with tools
 * includes it. Other models of OpenAI reject that, and no list names them: the request is then sent
 * again without it, and the model is remembered.
 */
async function requestWithReasoning(
  client: OpenAI,
  request: ResponsesRequest,
  signal: AbortSignal,
) {
  const withoutReasoning = modelsWithoutReasoning.get(client) ?? new Set();
  const model = String(request.model);
  if (!request.tools?.length || withoutReasoning.has(model)) {
    return await send(client, request, signal);
  }
  try {
    const include = [...request.include ?? [], "reasoning.encrypted_content" as const];
    return await send(client, { ...request, include }, signal);
  } catch (error) {
    if (!rejectsInclude(error)) throw error;
    modelsWithoutReasoning.set(client, withoutReasoning.add(model));
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

/** Whether the upstream rejected `include`. OpenAI names the parameter, others mention it in the message. */
function rejectsInclude(error: unknown): boolean {
  if (!(error instanceof Error) || !("status" in error)) return false;
  if (error.status !== 400 && error.status !== 422) return false;
  return "param" in error && error.param === "include" ||
    /\binclude\b|encrypted/i.test(error.message);
}
