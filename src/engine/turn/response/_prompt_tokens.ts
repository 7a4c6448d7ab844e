/** How long a prompt is, in the upstream's tokens where it counts them, and about so elsewhere. */

import type OpenAI from "openai";
import type { ResponsesRequest } from "../request/mod.ts";

/** Upstreams without `POST /responses/input_tokens`. */
const uncounting = new WeakSet<OpenAI>();

/** What an upstream answers on a path that it does not have. */
const ABSENT = [404, 405, 501];

/** The tokens of a request's prompt. */
export async function promptTokens(
  client: OpenAI,
  request: ResponsesRequest,
  signal: AbortSignal,
): Promise<number> {
  if (uncounting.has(client)) return estimatedTokens(request);
  const { model, input, instructions, tools, tool_choice, parallel_tool_calls, reasoning, text } =
    request;
  try {
    const { input_tokens } = await client.responses.inputTokens.count({
      model,
      input,
      instructions,
      tools,
      tool_choice,
      parallel_tool_calls,
      reasoning,
      text,
    }, { signal });
    if (typeof input_tokens === "number") return input_tokens;
    uncounting.add(client);
  } catch (error) {
    signal.throwIfAborted();
    const status = error instanceof Error && "status" in error ? Number(error.status) : 0;
    if (ABSENT.includes(status)) uncounting.add(client);
    // Whatever else is wrong, the request itself will say so.
  }
  return estimatedTokens(request);
}

/** About four characters are a token; images are not counted. */
function estimatedTokens({ instructions, input, tools = [] }: ResponsesRequest): number {
  let characters = (instructions?.length ?? 0) +
    (tools.length > 0 ? JSON.stringify(tools).length : 0);
  for (const item of Array.isArray(input) ? input : []) characters += lengthOf(item);
  return Math.ceil(characters / 4);
}

function lengthOf(item: OpenAI.Responses.ResponseInputItem): number {
  let length = 0;
  if ("arguments" in item) length += String(item.arguments).length;
  if ("output" in item && typeof item.output === "string") length += item.output.length;
  if (!("content" in item) || !item.content) return length;
  if (typeof item.content === "string") return length + item.content.length;
  for (const part of item.content) length += "text" in part ? String(part.text).length : 0;
  return length;
}
