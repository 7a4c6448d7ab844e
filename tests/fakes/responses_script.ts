/** What the scripted Responses server answers: scripts, and the events that they become. */

import type { FakeContainer } from "./responses_containers.ts";
import type { Hosted } from "./responses_hosted.ts";

/** A point at which a script stands still until the test opens it. */
export interface Gate {
  /** Resolves when the script has come to it. */
  readonly reached: Promise<void>;
  open(): void;
  /** The server's side: says that it is reached, and waits. */
  pass(): Promise<void>;
}

/** A piece of text, or a gate between two pieces. */
export type Chunk = string | Gate;

/**
 * Something that a text refers to: a file that a search has found, cited at the text's end so far
 * or `back` characters before it; a file in the container, by the place where the text last names
 * it; or an annotation as it is.
 */
export type Reference =
  | { cite: { file_id: string; filename: string }; back?: number }
  | { produced: string }
  | { annotation: Json };

/** What code puts out: an image by its URL, or as a file that it leaves in the container. */
export type CodeOutput =
  | { type: "logs"; logs: string }
  | { type: "image"; url: string }
  | { type: "image"; file: string };

/**
 * One output item; `raw` is any item of the Responses API with the events between added and done.
 *
 * A search finds what is in the vector stores unless `results` says what; code leaves `files` in
 * its container, by their names.
 */
export type Item =
  | { type: "message"; text: readonly (Chunk | Reference)[] }
  | { type: "file_search_call"; queries: readonly string[]; results?: readonly Json[] }
  | {
    type: "code_interpreter_call";
    code: readonly Chunk[];
    outputs?: readonly CodeOutput[];
    files?: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;
  }
  | { type: "refusal"; refusal: readonly Chunk[] }
  | { type: "function_call"; name: string; arguments: readonly Chunk[]; call_id: string }
  | { type: "raw"; item: Json; events: readonly Json[] };

export type Json = Record<string, unknown>;

export interface Usage {
  input: number;
  output: number;
  cached?: number;
  reasoning?: number;
}

/** How a reply ends; `error` is an error event in the stream, with no last response. */
export type Ending =
  | { status: "completed" }
  | { status: "incomplete"; reason: "max_output_tokens" | "content_filter" }
  | { status: "failed"; error: { code: string; message: string } }
  | { status: "error"; error: { code: string | null; message: string; param?: string | null } };

/** One answer of the server; it is used up by one request. */
export interface Script {
  answer:
    | { kind: "reply"; items: readonly (Item | Gate)[]; ending: Ending; usage: Usage }
    | { kind: "status"; status: number; headers: Record<string, string>; body: unknown }
    | { kind: "none" };
  /** Opened before the first byte of the answer goes out. */
  before?: Gate;
  /** Where the stream stops, counted in events, and what becomes of the connection then. */
  stop?: { after: number; how: "cut" | "hang" };
  /** Resolves when the client has gone before the end of a streamed answer. */
  gone: Promise<void>;
  /** The server's side of `gone`. */
  leave(): void;
}

export function gate(): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: () => opened.resolve(),
    pass: () => {
      reached.resolve();
      return opened.promise;
    },
  };
}

/** Output items in order, and how the response ends. */
export function reply(
  items: readonly (Item | Gate)[],
  { ending = { status: "completed" }, usage = { input: 10, output: 5 } }: {
    ending?: Ending;
    usage?: Usage;
  } = {},
): Script {
  return script({ kind: "reply", items, ending, usage });
}

/** A message; each chunk is one delta. */
export function text(chunks: string | readonly Chunk[], options?: { usage?: Usage }): Script {
  return reply([{ type: "message", text: list(chunks) }], options);
}

export function refusal(chunks: string | readonly Chunk[]): Script {
  return reply([{ type: "refusal", refusal: list(chunks) }]);
}

/** Function calls in one response; arguments that are not a string go out as JSON. */
export function functionCalls(
  calls: readonly { name: string; arguments: unknown; call_id?: string }[],
): Script {
  return reply(calls.map((call, index) => ({
    type: "function_call",
    name: call.name,
    arguments: [
      typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    ],
    call_id: call.call_id ?? `call_${call.name}_${index}`,
  })));
}

export function incomplete(
  reason: "max_output_tokens" | "content_filter",
  chunks: string | readonly Chunk[],
): Script {
  return reply([{ type: "message", text: list(chunks) }], {
    ending: { status: "incomplete", reason },
  });
}

/** A response that fails, after a part of a message where chunks are given. */
export function failed(
  error: { code: string; message: string },
  chunks: readonly Chunk[] = [],
): Script {
  return reply(partial(chunks), { ending: { status: "failed", error } });
}

/** An error event in the stream, after a part of a message where chunks are given. */
export function errorEvent(
  error: { code: string | null; message: string; param?: string | null },
  chunks: readonly Chunk[] = [],
): Script {
  return reply(partial(chunks), { ending: { status: "error", error } });
}

/** A plain HTTP answer; `body` goes out as JSON, a string as it is. */
export function status(
  code: number,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Script {
  const error = { message: `Scripted status ${code}.`, type: "server_error" };
  return script({
    kind: "status",
    status: code,
    headers,
    body: body ?? { error: { ...error, param: null, code: null } },
  });
}

/** Takes the request and never answers it. */
export function neverAnswer(): Script {
  return script({ kind: "none" });
}

/** The same script, whose connection breaks off after so many events. */
export function cut(script: Script, after: number): Script {
  return { ...script, stop: { after, how: "cut" } };
}

/** The same script, which falls silent after so many events and keeps the connection. */
export function hang(script: Script, after: number): Script {
  return { ...script, stop: { after, how: "hang" } };
}

/** The same script, not answered before the gate opens. */
export function held(gate: Gate, script: Script): Script {
  return { ...script, before: gate };
}

/** What a reply does next: an event to send, or a gate to wait at. */
export type Step = { event: Json } | { gate: Gate };

/** What a reply finds at its server. */
export interface Surroundings {
  /** Where the server is, up to and with `/v1`. */
  url: string;
  hosted: Pick<Hosted, "container" | "search" | "containers">;
}

interface Context extends Partial<Surroundings> {
  request: Json;
  ids: (prefix: string) => string;
  /** The container of the response, when there is one. */
  container?: FakeContainer;
}

/**
 * The steps of a reply, in the order and with the fields of OpenAI's streaming.
 *
 * @param at the server's; without one nothing is found, and no container has files
 */
export function* steps(
  script: Script,
  request: Json,
  ids: (prefix: string) => string,
  at: Partial<Surroundings> = {},
) {
  if (script.answer.kind !== "reply") return;
  const context: Context = { ...at, request, ids };
  const { items, ending, usage } = script.answer;
  let sequence = 0;
  const event = (type: string, fields: Json): Step => ({
    event: { type, sequence_number: sequence++, ...fields },
  });
  const base = responseObject(ids("resp"), request);
  yield event("response.created", { response: base });
  yield event("response.in_progress", { response: base });
  const output: Json[] = [];
  const last = items.findLast(isItem);
  for (const item of items) {
    if (!isItem(item)) {
      yield { gate: item };
      continue;
    }
    const broken = item === last && ending.status !== "completed";
    output.push(yield* itemSteps(item, broken ? ending : undefined, output.length, context, event));
  }
  if (ending.status === "error") {
    yield event("error", { param: null, ...ending.error });
    return;
  }
  const done = ending.status === "completed";
  const response = {
    ...base,
    status: ending.status,
    completed_at: done ? base.created_at : null,
    error: ending.status === "failed" ? ending.error : null,
    incomplete_details: ending.status === "incomplete" ? { reason: ending.reason } : null,
    output,
    usage: ending.status === "failed" ? null : usageObject(usage),
  };
  yield event(`response.${ending.status}`, { response });
}

type MakeEvent = (type: string, fields: Json) => Step;

/** The events of one item; a failure or an error leaves it without its done events. */
function* itemSteps(
  item: Item,
  ending: Ending | undefined,
  output_index: number,
  context: Context,
  event: MakeEvent,
): Generator<Step, Json> {
  const { ids } = context;
  const finish = ending === undefined ? "completed" : "incomplete";
  const closes = ending === undefined || ending.status === "incomplete";
  const added = (item: Json) => event("response.output_item.added", { output_index, item });
  const done = (item: Json) => event("response.output_item.done", { output_index, item });
  switch (item.type) {
    case "message":
    case "refusal": {
      const id = ids("msg");
      const message = { id, type: "message", role: "assistant" };
      const at = { item_id: id, output_index, content_index: 0 };
      const isText = item.type === "message";
      const name = isText ? "response.output_text" : "response.refusal";
      const extra = isText ? { logprobs: [] } : {};
      const annotations: Json[] = [];
      const part = (value: string) =>
        isText
          ? { type: "output_text", text: value, annotations: [...annotations], logprobs: [] }
          : { type: "refusal", refusal: value };
      yield added({ ...message, status: "in_progress", content: [] });
      yield event("response.content_part.added", { ...at, part: part("") });
      let value = "";
      for (const chunk of isText ? item.text : item.refusal) {
        if (typeof chunk === "string") {
          value += chunk;
          yield event(`${name}.delta`, { ...at, delta: chunk, ...extra });
        } else if ("pass" in chunk) yield { gate: chunk };
        else {
          const annotation = annotationOf(chunk, value, context);
          const annotation_index = annotations.push(annotation) - 1;
          yield event(`${name}.annotation.added`, { ...at, annotation_index, annotation });
        }
      }
      const whole = { ...message, status: finish, content: [part(value)] };
      if (closes) {
        yield event(`${name}.done`, { ...at, [isText ? "text" : "refusal"]: value, ...extra });
        yield event("response.content_part.done", { ...at, part: part(value) });
        yield done(whole);
      }
      return whole;
    }
    case "function_call": {
      const { type, name, call_id } = item;
      const call = { id: ids("fc"), type, name, call_id };
      const at = { item_id: call.id, output_index };
      yield added({ ...call, arguments: "", status: "in_progress" });
      let value = "";
      for (const chunk of item.arguments) {
        if (typeof chunk === "string") {
          value += chunk;
          yield event("response.function_call_arguments.delta", { ...at, delta: chunk });
        } else yield { gate: chunk };
      }
      const whole = { ...call, arguments: value, status: finish };
      if (closes) {
        yield event("response.function_call_arguments.done", { ...at, name, arguments: value });
        yield done(whole);
      }
      return whole;
    }
    case "file_search_call": {
      const { type, queries } = item;
      const id = ids("fs");
      const at = { item_id: id, output_index };
      yield added({ id, type, status: "in_progress", queries: [], results: null });
      for (const state of ["in_progress", "searching", ...closes ? ["completed"] : []]) {
        yield event(`response.file_search_call.${state}`, at);
      }
      const results = item.results ?? context.hosted?.search(context.request, queries) ?? [];
      const shown = includes(context.request, "file_search_call.results") ? results : null;
      const whole = { id, type, status: finish, queries, results: shown };
      if (closes) yield done(whole);
      return whole;
    }
    case "code_interpreter_call": {
      const { type, outputs = [], files = {} } = item;
      const id = ids("ci");
      const at = { item_id: id, output_index };
      const name = "response.code_interpreter_call";
      const container = context.container ??= context.hosted?.container(context.request);
      const container_id = container?.object.id ?? "cntr_none";
      yield added({ id, type, status: "in_progress", code: "", container_id, outputs: null });
      yield event(`${name}.in_progress`, at);
      let code = "";
      for (const chunk of item.code) {
        if (typeof chunk === "string") {
          code += chunk;
          yield event(`${name}_code.delta`, { ...at, delta: chunk });
        } else yield { gate: chunk };
      }
      if (closes) {
        yield event(`${name}_code.done`, { ...at, code });
        yield event(`${name}.interpreting`, at);
        for (const [filename, content] of Object.entries(files)) {
          if (container === undefined) continue;
          const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
          context.hosted?.containers.put(container, filename, bytes);
        }
        yield event(`${name}.completed`, at);
      }
      const shown = includes(context.request, "code_interpreter_call.outputs")
        ? outputs.map((output) => shownOutput(output, context))
        : null;
      const whole = { id, type, status: finish, code, container_id, outputs: shown };
      if (closes) yield done(whole);
      return whole;
    }
    case "raw": {
      const whole = { id: ids("item"), ...item.item };
      yield added(whole);
      for (const { type, ...fields } of item.events) {
        yield event(String(type), { item_id: whole.id, output_index, ...fields });
      }
      if (closes) yield done(whole);
      return whole;
    }
  }
}

function annotationOf(reference: Reference, text: string, context: Context): Json {
  if ("annotation" in reference) return reference.annotation;
  if ("cite" in reference) {
    const index = [...text].length - (reference.back ?? 0);
    return { type: "file_citation", index, ...reference.cite };
  }
  const filename = reference.produced;
  const path = `sandbox:/mnt/data/${filename}`;
  const start = text.lastIndexOf(path);
  return {
    type: "container_file_citation",
    container_id: context.container?.object.id ?? "cntr_none",
    file_id: fileIn(context, filename),
    filename,
    start_index: Math.max(start, 0),
    end_index: start < 0 ? 0 : start + path.length,
  };
}

function shownOutput(output: CodeOutput, context: Context): Json {
  if (!("file" in output)) return { ...output };
  const container = context.container?.object.id;
  const path = `/containers/${container}/files/${fileIn(context, output.file)}/content`;
  return { type: "image", url: `${context.url}${path}` };
}

/** The latest file of this name in the container. */
function fileIn({ container }: Context, filename: string): string {
  const found = [...container?.files.values() ?? []]
    .findLast(({ object }) => object.path === `/mnt/data/${filename}`);
  return found?.object.id ?? "cfile_none";
}

function includes({ include }: Json, what: string): boolean {
  return Array.isArray(include) && include.includes(what);
}

function responseObject(id: string, request: Json): Json {
  return {
    id,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status: "in_progress",
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    model: request.model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null, ...object(request.reasoning) },
    safety_identifier: null,
    service_tier: "default",
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: { type: "text" }, verbosity: "medium", ...object(request.text) },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_logprobs: 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? "disabled",
    usage: null,
    metadata: request.metadata ?? {},
  };
}

function usageObject({ input, output, cached = 0, reasoning = 0 }: Usage): Json {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

function script(answer: Script["answer"]): Script {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { answer, gone: promise, leave: resolve };
}

function list(chunks: string | readonly Chunk[]): readonly Chunk[] {
  return typeof chunks === "string" ? [chunks] : chunks;
}

function partial(chunks: readonly Chunk[]): Item[] {
  return chunks.length > 0 ? [{ type: "message", text: chunks }] : [];
}

function isItem(item: Item | Gate): item is Item {
  return "type" in item;
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
