/** Converts a thread to the input of a response: its messages and the tool calls of earlier runs. */

import type OpenAI from "openai";
import { invalid } from "../../objects/errors.ts";
import type { Message, Run, RunStep, TenantStore } from "../../../store/mod.ts";

export type InputItem = OpenAI.Responses.ResponseInputItem;

type InputPart = OpenAI.Responses.ResponseInputContent;

/** Returns the id of a file at the upstream. */
export type FileId = (id: string) => Promise<string>;

const PAGE_SIZE = 100;

/**
 * Maximum length of all texts of a replay, in UTF-16 units. It exceeds the context window of any
 * model, and keeps a thread of any size from exhausting the memory.
 */
const MAX_REPLAY_LENGTH = 16 * 1024 * 1024;

/**
 * Returns the conversation before a run, oldest first, without the run itself.
 *
 * Calls are replayed with their outputs but without their item ids, which the upstream no longer
 * knows.
 */
export async function replay(
  store: TenantStore,
  run: Run,
  fileId: FileId,
): Promise<InputItem[]> {
  const { messages, truncated } = await latestMessages(store, run);
  const firstMessageId = truncated ? messages[0]?.id : undefined;
  const steps = await store.stepsWithCalls(run.thread_id, firstMessageId);
  const earlier = steps.filter(({ step }) => step.run_id !== run.id);
  const callsAfter = Map.groupBy(earlier, ({ after }) => after);
  const callsOf = (id: string | undefined) =>
    (callsAfter.get(id) ?? []).flatMap(({ step }) => callsWithOutputs(step));
  const files = await upstreamIdsOf(messages, fileId);
  return [
    // Calls before the first message belong to the part that truncation removed.
    ...truncated ? [] : callsOf(undefined),
    ...messages.flatMap((message) => [
      ...isReplayed(message, run) ? inputOf(message, files) : [],
      ...callsOf(message.id),
    ]),
  ];
}

/** Returns the messages that the run's truncation strategy keeps, oldest first, and whether it removed any. */
async function latestMessages(
  store: TenantStore,
  run: Run,
): Promise<{ messages: Message[]; truncated: boolean }> {
  const maxMessages = run.truncation_strategy?.type === "last_messages"
    ? run.truncation_strategy.last_messages ?? Infinity
    : Infinity;
  const found: Message[] = [];
  let length = 0;
  let after: string | undefined;
  while (found.length < maxMessages) {
    const limit = Math.min(PAGE_SIZE, maxMessages - found.length);
    const query = { limit, order: "desc", thread_id: run.thread_id, after } as const;
    const { data, has_more } = await store.list("message", query);
    for (const message of data) {
      length += textLength(message);
      if (length > MAX_REPLAY_LENGTH) {
        assertMayTruncate(run);
        return { messages: found.reverse(), truncated: true };
      }
      found.push(message);
    }
    after = data.at(-1)?.id;
    if (!has_more) return { messages: found.reverse(), truncated: false };
  }
  return { messages: found.reverse(), truncated: true };
}

function textLength({ content }: Message): number {
  return content.reduce((length, part) => length + textOf(part).length, 0);
}

/** @throws {ApiError} 400 if the truncation strategy of the run keeps messages that are too long */
function assertMayTruncate({ truncation_strategy }: Run): void {
  if (truncation_strategy?.type !== "last_messages") return;
  throw invalid(
    `The messages of the thread are longer than ${MAX_REPLAY_LENGTH} characters. Use truncation_strategy 'auto' or fewer last_messages.`,
  );
}

/** Whether a message is part of the conversation: unfinished ones and those of failed runs are not. */
function isReplayed({ run_id, status, incomplete_details }: Message, run: Run): boolean {
  if (run_id === run.id || status === "in_progress") return false;
  return incomplete_details?.reason !== "run_failed";
}

/** Returns the answered function calls of a step, each followed by its output. */
function callsWithOutputs({ step_details }: RunStep): InputItem[] {
  if (step_details.type !== "tool_calls") return [];
  return step_details.tool_calls.flatMap((call): InputItem[] => {
    if (call.type !== "function" || call.function.output === null) return [];
    const { id: call_id, function: { name, arguments: given, output } } = call;
    return [
      { type: "function_call", call_id, name, arguments: given },
      { type: "function_call_output", call_id, output },
    ];
  });
}

/** Maps the image files of user messages to their ids at the upstream. */
async function upstreamIdsOf(messages: Message[], fileId: FileId): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { role, content } of messages) {
    for (const part of role === "user" ? content : []) {
      if (part.type !== "image_file") continue;
      const { file_id } = part.image_file;
      if (!files.has(file_id)) files.set(file_id, await fileId(file_id));
    }
  }
  return files;
}

function inputOf({ role, content }: Message, files: ReadonlyMap<string, string>): InputItem[] {
  if (role === "assistant") {
    // The Responses API accepts only text from assistants.
    const text = content.map(textOf).filter((text) => text !== "").join("\n");
    return text === "" ? [] : [{ role, content: text }];
  }
  const parts = content.flatMap((part) => inputPart(part, files));
  return parts.length === 0 ? [] : [{ role, content: parts }];
}

function inputPart(
  part: Message["content"][number],
  files: ReadonlyMap<string, string>,
): InputPart[] {
  switch (part.type) {
    case "image_file": {
      const { file_id, detail = "auto" } = part.image_file;
      return [{ type: "input_image", file_id: files.get(file_id) ?? file_id, detail }];
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
  if (part.type === "text") return withoutMarkers(part.text);
  return part.type === "refusal" ? part.refusal : "";
}

/** Returns a text as the model wrote it, without citation markers: this server inserted them, and their numbers change. */
function withoutMarkers({ value, annotations }: OpenAI.Beta.Threads.Text): string {
  let plain = value;
  for (const { type, text } of annotations) {
    if (type === "file_citation" && /^【.*】$/.test(text)) plain = plain.replace(text, "");
  }
  return plain;
}
