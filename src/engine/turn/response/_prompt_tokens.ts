/** Counts the tokens of a prompt: exactly if the upstream can, else by an estimate. */

import type OpenAI from "openai";
import type { ResponsesRequest } from "../request/mod.ts";

/** The clients of upstreams without `POST /responses/input_tokens`. */
const withoutTokenCount = new WeakSet<OpenAI>();

/** The statuses of a path that does not exist. */
const ABSENT = [404, 405, 501];

/** Returns the number of tokens of a request's prompt. */
export async function promptTokens(
  client: OpenAI,
  request: ResponsesRequest,
  signal: AbortSignal,
): Promise<number> {
  if (withoutTokenCount.has(client)) return estimatedTokens(request);
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
    withoutTokenCount.add(client);
  } catch (error) {
    signal.throwIfAborted();
    const status = error instanceof Error && "status" in error ? Number(error.status) : 0;
    if (ABSENT.includes(status)) withoutTokenCount.add(client);
    // Any other failure will show in the request itself.
  }
  return estimatedTokens(request);
}

/** Estimates four characters per token; images are not counted. */
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
