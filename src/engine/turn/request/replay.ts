/** A thread as the input of a response: its messages, and what its earlier runs have called. */

import type OpenAI from "openai";
import type { Message, Run, RunStep, TenantStore } from "../../../store/mod.ts";

export type InputItem = OpenAI.Responses.ResponseInputItem;

type InputPart = OpenAI.Responses.ResponseInputContent;

/** The id by which the upstream knows a file. */
export type FileId = (id: string) => Promise<string>;

const PAGE = 100;

/**
 * The conversation before a run, oldest first: nothing of the run itself is in it.
 *
 * Calls come back with their outputs, without the ids that an upstream once gave them: those name
 * nothing there any more.
 */
export async function replay(
  store: TenantStore,
  run: Run,
  fileId: FileId,
): Promise<InputItem[]> {
  const { messages, cut } = await latestMessages(store, run);
  const from = cut ? messages[0]?.id : undefined;
  const steps = await store.stepsWithCalls(run.thread_id, from);
  const earlier = steps.filter(({ step }) => step.run_id !== run.id);
  const callsAfter = Map.groupBy(earlier, ({ after }) => after);
  const callsOf = (id: string | undefined) =>
    (callsAfter.get(id) ?? []).flatMap(({ step }) => pairsOf(step));
  const files = await idsOf(messages, fileId);
  return [
    // What was cut off before the messages takes the calls with it that came first of all.
    ...cut ? [] : callsOf(undefined),
    ...messages.flatMap((message) => [
      ...isReplayed(message, run) ? inputOf(message, files) : [],
      ...callsOf(message.id),
    ]),
  ];
}

/** The messages that the run's truncation strategy lets through, oldest first, and whether any are left out. */
async function latestMessages(
  store: TenantStore,
  run: Run,
): Promise<{ messages: Message[]; cut: boolean }> {
  const wanted = run.truncation_strategy?.type === "last_messages"
    ? run.truncation_strategy.last_messages ?? Infinity
    : Infinity;
  const found: Message[] = [];
  let after: string | undefined;
  let cut = true;
  while (cut && found.length < wanted) {
    const limit = Math.min(PAGE, wanted - found.length);
    const query = { limit, order: "desc", thread_id: run.thread_id, after } as const;
    const { data, has_more } = await store.list("message", query);
    found.push(...data);
    after = data.at(-1)?.id;
    cut = has_more;
  }
  return { messages: found.reverse(), cut };
}

/** A failed run's half of an answer is not part of the conversation: the next one begins anew. */
function isReplayed({ run_id, status, incomplete_details }: Message, run: Run): boolean {
  if (run_id === run.id || status === "in_progress") return false;
  return incomplete_details?.reason !== "run_failed";
}

/** The calls of a step that were answered, each with its output. */
function pairsOf({ step_details }: RunStep): InputItem[] {
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

/** The ids of the images that users have sent, as the upstream knows them. */
async function idsOf(messages: Message[], fileId: FileId): Promise<Map<string, string>> {
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
    // Of an assistant the Responses API takes text only.
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

/** A text as it was said: the markers of its citations are ours, and name files by places that change. */
function withoutMarkers({ value, annotations }: OpenAI.Beta.Threads.Text): string {
  let said = value;
  for (const { type, text } of annotations) {
    if (type === "file_citation" && /^【.*】$/.test(text)) said = said.replace(text, "");
  }
  return said;
}
