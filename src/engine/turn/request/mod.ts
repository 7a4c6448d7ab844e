/** Builds the Responses API request of a run. */

import type OpenAI from "openai";
import type { Run, RunItem, TenantStore } from "../../../store/mod.ts";
import type { HostedRequest } from "../../hosted/hosted_tools.ts";
import { functionTools, toolChoiceOf } from "./_tools.ts";
import { type InputItem, replay } from "./replay.ts";

export type ResponsesRequest = OpenAI.Responses.ResponseCreateParamsStreaming;

/** What to include in the items of hosted tools: the Responses API omits their results by default. */
const INCLUDED: Record<string, OpenAI.Responses.ResponseIncludable> = {
  file_search: "file_search_call.results",
  code_interpreter: "code_interpreter_call.outputs",
};

/**
 * Builds the request with the whole conversation: the upstream stores nothing, and the request
 * refers to no earlier one.
 */
export async function responsesRequest(
  store: TenantStore,
  run: Run,
  hosted: HostedRequest,
): Promise<ResponsesRequest> {
  const items = await store.runItems(run.id);
  const replayed = await replay(store, run, hosted.fileId);
  const ownItems = items.filter((item) => isReusable(item, hosted));
  const request: ResponsesRequest = {
    model: run.model,
    // The stored items are raw output of the upstream in this run.
    input: [...replayed, ...ownItems as unknown as InputItem[]],
    stream: true,
    store: false,
    // All runs of a thread share a prefix, which upstreams with a prompt cache charge less for.
    prompt_cache_key: run.thread_id,
  };
  if (run.instructions) request.instructions = run.instructions;
  // Reasoning models reject both parameters, so defaults are omitted.
  if (typeof run.temperature === "number" && run.temperature !== 1) {
    request.temperature = run.temperature;
  }
  if (typeof run.top_p === "number" && run.top_p !== 1) request.top_p = run.top_p;
  if (run.max_completion_tokens) {
    request.max_output_tokens = run.max_completion_tokens - (run.usage?.completion_tokens ?? 0);
  }
  if (run.truncation_strategy?.type === "auto") request.truncation = "auto";
  if (run.reasoning_effort) {
    request.reasoning = { effort: run.reasoning_effort as OpenAI.ReasoningEffort };
  }
  const format = textFormat(run.response_format);
  if (format !== undefined) request.text = { format };
  const tools = [...functionTools(run), ...hosted.tools];
  if (tools.length > 0) Object.assign(request, toolFields(run, tools, items.length > 0));
  return request;
}

/**
 * Whether an item can be sent back. Reasoning without content is only an id, which an upstream that
 * stores nothing does not know; and a call in an expired container cannot be referenced.
 */
function isReusable(item: RunItem, { container }: HostedRequest): boolean {
  if (item.type === "code_interpreter_call") return item.container_id === container;
  if (item.type !== "reasoning" || item.encrypted_content) return true;
  return Array.isArray(item.content) && item.content.length > 0;
}

function toolFields(run: Run, tools: OpenAI.Responses.Tool[], hasItems: boolean) {
  const { tool_choice, parallel_tool_calls } = run;
  const include = tools.flatMap(({ type }) => INCLUDED[type] ?? []);
  return {
    tools,
    // After the first outputs, a choice that forces a call would force calls forever.
    tool_choice: hasItems && tool_choice !== "none" ? "auto" : toolChoiceOf(run, tools),
    parallel_tool_calls,
    ...include.length > 0 && { include },
  };
}

function textFormat(
  format: Run["response_format"],
): OpenAI.Responses.ResponseFormatTextConfig | undefined {
  if (typeof format !== "object" || format === null || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json_object" };
  const { schema = {}, ...rest } = format.json_schema;
  return { type: "json_schema", schema, ...rest };
}
