/** A model's answer as the events of a streamed response, in the order and with the fields of OpenAI's. */

import type OpenAI from "openai";

/** A response as it stands on the wire; the SDK adds the rest. */
export type Response = Omit<OpenAI.Responses.Response, "output_text" | "access_programs">;
export type Params = OpenAI.Responses.ResponseCreateParams;
type OutputItem = OpenAI.Responses.ResponseOutputItem;

/** What a model has to say: text in the pieces in which it is streamed, or function calls. */
export interface Answer {
  items: readonly (
    | { type: "message"; pieces: readonly string[] }
    | { type: "function_call"; name: string; arguments: string }
  )[];
  /** Whether it stops short because of `max_output_tokens`. */
  cut: boolean;
  inputTokens: number;
  outputTokens: number;
}

export interface ResponseEvent {
  type: OpenAI.Responses.ResponseStreamEvent["type"];
  sequence_number: number;
  [field: string]: unknown;
}

/** Yields the events of a response and returns the response that the last of them carries. */
export function* responseEvents(
  params: Params,
  answer: Answer,
): Generator<ResponseEvent, Response> {
  const events = unnumbered(params, answer);
  for (let sequence_number = 0;; sequence_number++) {
    const { done, value } = events.next();
    if (done) return value;
    yield { ...value, sequence_number };
  }
}

/** A fresh id such as `resp_…`. */
export function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll("-", "")}`;
}

type Unnumbered = { type: ResponseEvent["type"]; [field: string]: unknown };

function* unnumbered(params: Params, answer: Answer): Generator<Unnumbered, Response> {
  const base = emptyResponse(params);
  yield { type: "response.created", response: base };
  yield { type: "response.in_progress", response: base };
  const output: OutputItem[] = [];
  for (const item of answer.items) {
    output.push(
      item.type === "message"
        ? yield* messageEvents(item.pieces, output.length, answer.cut)
        : yield* callEvents(item.name, item.arguments, output.length),
    );
  }
  const response: Response = {
    ...base,
    status: answer.cut ? "incomplete" : "completed",
    completed_at: answer.cut ? null : base.created_at,
    incomplete_details: answer.cut ? { reason: "max_output_tokens" } : null,
    output,
    usage: {
      input_tokens: answer.inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: answer.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: answer.inputTokens + answer.outputTokens,
    },
  };
  yield { type: answer.cut ? "response.incomplete" : "response.completed", response };
  return response;
}

function* messageEvents(
  pieces: readonly string[],
  output_index: number,
  cut: boolean,
): Generator<Unnumbered, OutputItem> {
  const message = { id: newId("msg"), type: "message", role: "assistant" } as const;
  const at = { item_id: message.id, output_index, content_index: 0 };
  const item = { ...message, status: "in_progress", content: [] } satisfies OutputItem;
  yield { type: "response.output_item.added", output_index, item };
  yield { type: "response.content_part.added", ...at, part: textPart("") };
  for (const delta of pieces) {
    yield { type: "response.output_text.delta", ...at, delta, logprobs: [] };
  }
  const text = pieces.join("");
  yield { type: "response.output_text.done", ...at, text, logprobs: [] };
  yield { type: "response.content_part.done", ...at, part: textPart(text) };
  const done = {
    ...message,
    status: cut ? "incomplete" : "completed",
    content: [textPart(text)],
  } satisfies OutputItem;
  yield { type: "response.output_item.done", output_index, item: done };
  return done;
}

function* callEvents(
  name: string,
  args: string,
  output_index: number,
): Generator<Unnumbered, OutputItem> {
  const call = { id: newId("fc"), type: "function_call", name, call_id: newId("call") } as const;
  const at = { item_id: call.id, output_index };
  const item = { ...call, arguments: "", status: "in_progress" } satisfies OutputItem;
  yield { type: "response.output_item.added", output_index, item };
  yield { type: "response.function_call_arguments.delta", ...at, delta: args };
  yield { type: "response.function_call_arguments.done", ...at, name, arguments: args };
  const done = { ...call, arguments: args, status: "completed" } satisfies OutputItem;
  yield { type: "response.output_item.done", output_index, item: done };
  return done;
}

function textPart(text: string): OpenAI.Responses.ResponseOutputText {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function emptyResponse(params: Params): Response {
  return {
    id: newId("resp"),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status: "in_progress",
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: params.instructions ?? null,
    max_output_tokens: params.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata: params.metadata ?? {},
    model: params.model ?? "",
    output: [],
    parallel_tool_calls: params.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: params.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null, ...params.reasoning },
    safety_identifier: params.safety_identifier ?? null,
    service_tier: "default",
    temperature: params.temperature ?? 1,
    text: { format: { type: "text" }, verbosity: "medium", ...params.text },
    tool_choice: params.tool_choice ?? "auto",
    tools: params.tools ?? [],
    top_p: params.top_p ?? 1,
    truncation: params.truncation ?? "disabled",
  };
}
