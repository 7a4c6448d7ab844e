/** A run on a thread, as the request that asks the upstream for its answer. */

import type OpenAI from "openai";
import type { Message, Run, Store } from "../../store/mod.ts";

export type ResponsesRequest = OpenAI.Responses.ResponseCreateParamsStreaming;

type InputMessage = OpenAI.Responses.EasyInputMessage;
type InputPart = OpenAI.Responses.ResponseInputContent;

const PAGE = 100;

/** Replays the thread: nothing is kept at the upstream, and no other request is referred to. */
export async function responsesRequest(
  store: Store,
  tenant: string,
  run: Run,
): Promise<ResponsesRequest> {
  const messages = await latestMessages(store, tenant, run);
  const request: ResponsesRequest = {
    model: run.model,
    input: messages.filter((message) => isReplayed(message, run)).flatMap(inputOf),
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
  if (run.max_completion_tokens) request.max_output_tokens = run.max_completion_tokens;
  if (run.truncation_strategy?.type === "auto") request.truncation = "auto";
  if (run.reasoning_effort) {
    request.reasoning = { effort: run.reasoning_effort as OpenAI.ReasoningEffort };
  }
  const format = textFormat(run.response_format);
  if (format !== undefined) request.text = { format };
  return request;
}

/** How many tokens a request's prompt is about, at four characters a token; images are not counted. */
export function estimatedTokens({ instructions, input }: ResponsesRequest): number {
  let characters = instructions?.length ?? 0;
  for (const item of Array.isArray(input) ? input : []) {
    if (!("content" in item) || !item.content) continue;
    if (typeof item.content === "string") characters += item.content.length;
    else for (const part of item.content) characters += "text" in part ? part.text.length : 0;
  }
  return Math.ceil(characters / 4);
}

/** The messages that the run's truncation strategy lets through, oldest first. */
async function latestMessages(store: Store, tenant: string, run: Run): Promise<Message[]> {
  const wanted = run.truncation_strategy?.type === "last_messages"
    ? run.truncation_strategy.last_messages ?? Infinity
    : Infinity;
  const found: Message[] = [];
  let after: string | undefined;
  while (found.length < wanted) {
    const limit = Math.min(PAGE, wanted - found.length);
    const query = { limit, order: "desc", thread_id: run.thread_id, after } as const;
    const { data, has_more } = await store.list(tenant, "message", query);
    found.push(...data);
    after = data.at(-1)?.id;
    if (!has_more) break;
  }
  return found.reverse();
}

/** A failed run's half of an answer is not part of the conversation: the next one begins anew. */
function isReplayed({ run_id, status, incomplete_details }: Message, run: Run): boolean {
  if (run_id === run.id || status === "in_progress") return false;
  return incomplete_details?.reason !== "run_failed";
}

function inputOf({ role, content }: Message): InputMessage[] {
  if (role === "assistant") {
    // Of an assistant the Responses API takes text only.
    const text = content.map(textOf).filter((text) => text !== "").join("\n");
    return text === "" ? [] : [{ role, content: text }];
  }
  const parts = content.flatMap(inputPart);
  return parts.length === 0 ? [] : [{ role, content: parts }];
}

function inputPart(part: Message["content"][number]): InputPart[] {
  switch (part.type) {
    case "image_file": {
      const { file_id, detail = "auto" } = part.image_file;
      return [{ type: "input_image", file_id, detail }];
    }
    case "image_url": {
      const { url, detail = "auto" } = part.image_url;
      return [{ type: "input_image", image_url: url, detail }];
    }
    default: {
      const text = textOf(part);
      return text === "" ? [] : [{ type: "input_text", text }];
    }
  }
}

function textOf(part: Message["content"][number]): string {
  if (part.type === "text") return part.text.value;
  return part.type === "refusal" ? part.refusal : "";
}

function textFormat(
  format: Run["response_format"],
): OpenAI.Responses.ResponseFormatTextConfig | undefined {
  if (typeof format !== "object" || format === null || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json_object" };
  const { schema = {}, ...rest } = format.json_schema;
  return { type: "json_schema", schema, ...rest };
}
