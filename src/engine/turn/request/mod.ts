/** A run on a thread, as the request that asks the upstream for its answer. */

import type OpenAI from "openai";
import type { Run, RunItem, TenantStore } from "../../../store/mod.ts";
import type { HostedRequest } from "../../hosted/hosted_tools.ts";
import { functionTools, toolChoiceOf } from "./_tools.ts";
import { type InputItem, replay } from "./replay.ts";

export type ResponsesRequest = OpenAI.Responses.ResponseCreateParamsStreaming;

/** What is asked of the results of hosted tools: without this they are left out. */
const INCLUDED: Record<string, OpenAI.Responses.ResponseIncludable> = {
  file_search: "file_search_call.results",
  code_interpreter: "code_interpreter_call.outputs",
};

/** Replays the thread and the run: nothing is kept at the upstream, and no other request is referred to. */
export async function responsesRequest(
  store: TenantStore,
  run: Run,
  hosted: HostedRequest,
): Promise<ResponsesRequest> {
  const items = await store.runItems(run.id);
  const replayed = await replay(store, run, hosted.fileId);
  const said = items.filter((item) => isKept(item, hosted));
  const request: ResponsesRequest = {
    model: run.model,
    // The items are what the upstream itself has said in this run.
    input: [...replayed, ...said as unknown as InputItem[]],
    stream: true,
    store: false,
    // The thread's beginning is the same in every run: where the upstream caches, it costs little.
    prompt_cache_key: run.thread_id,
  };
  if (run.instructions) request.instructions = run.instructions;
  // Reasoning models refuse both, so what is left at its default stays unsaid.
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
 * Reasoning that was not given away is only an id, under which a stateless upstream has nothing;
 * and code that ran in a container which is gone cannot be referred to.
 */
function isKept(item: RunItem, { container }: HostedRequest): boolean {
  if (item.type === "code_interpreter_call") return item.container_id === container;
  if (item.type !== "reasoning" || item.encrypted_content) return true;
  return Array.isArray(item.content) && item.content.length > 0;
}

function toolFields(run: Run, tools: OpenAI.Responses.Tool[], answered: boolean) {
  const { tool_choice, parallel_tool_calls } = run;
  const include = tools.flatMap(({ type }) => INCLUDED[type] ?? []);
  return {
    tools,
    // A choice that forces a call would force one after the other, and never an answer.
    tool_choice: answered && tool_choice !== "none" ? "auto" : toolChoiceOf(run, tools),
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
