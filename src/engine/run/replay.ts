/** A thread as the input of a response: its messages, and what its earlier runs have called. */

import type OpenAI from "openai";
import type { Message, Run, RunStep, Store } from "../../store/mod.ts";

export type InputItem = OpenAI.Responses.ResponseInputItem;

type InputPart = OpenAI.Responses.ResponseInputContent;

const PAGE = 100;

/**
 * The conversation before a run, oldest first: nothing of the run itself is in it.
 *
 * Calls come back with their outputs, without the ids that an upstream once gave them: those name
 * nothing there any more.
 */
export async function replay(store: Store, tenant: string, run: Run): Promise<InputItem[]> {
  const [messages, steps] = await Promise.all([
    latestMessages(store, tenant, run),
    store.stepsWithCalls(tenant, run.thread_id),
  ]);
  const earlier = steps.filter(({ run_id }) => run_id !== run.id);
  const calls = new CallsByPlace(messages, earlier, run.truncation_strategy?.type !== "auto");
  return [
    ...messages.flatMap((message) => [
      ...calls.before(message),
      ...isReplayed(message, run) ? inputOf(message) : [],
    ]),
    ...calls.atEnd,
  ];
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

/** Where among the messages of a thread its calls belong. */
class CallsByPlace {
  readonly atEnd: InputItem[] = [];
  readonly #before = new Map<string, InputItem[]>();

  /**
   * @param messages in their order
   * @param steps of runs with calls, in their order
   * @param cut whether the messages are only the latest of the thread
   */
  constructor(messages: readonly Message[], steps: readonly RunStep[], cut: boolean) {
    for (const [index, step] of steps.entries()) {
      const pairs = pairsOf(step);
      if (pairs.length === 0) continue;
      const next = nextMessage(messages, step, steps.slice(index + 1));
      if (cut && isBefore(step, next, messages)) continue;
      if (next === undefined) this.atEnd.push(...pairs);
      else this.#before.set(next.id, [...this.before(next), ...pairs]);
    }
  }

  before({ id }: Message): InputItem[] {
    return this.#before.get(id) ?? [];
  }
}

/** The message that follows a step: the run's next one, else the first that is later than it. */
function nextMessage(
  messages: readonly Message[],
  { run_id, created_at }: RunStep,
  later: readonly RunStep[],
): Message | undefined {
  const ids = new Set(later.filter((step) => step.run_id === run_id).map(messageIdOf));
  const ofRun = messages.find(({ id }) => ids.has(id));
  if (ofRun !== undefined) return ofRun;
  const last = messages.findLastIndex((message) => message.run_id === run_id);
  return messages.slice(last + 1).find((message) => message.created_at > created_at);
}

/** Whether a step came before the first of these messages, and was cut off with those before it. */
function isBefore(
  { run_id, created_at }: RunStep,
  next: Message | undefined,
  messages: readonly Message[],
): boolean {
  const [first] = messages;
  if (first === undefined || next === first) return true;
  return first.created_at >= created_at && !messages.some((message) => message.run_id === run_id);
}

function messageIdOf({ step_details }: RunStep): string | undefined {
  return step_details.type === "message_creation"
    ? step_details.message_creation.message_id
    : undefined;
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

function inputOf({ role, content }: Message): InputItem[] {
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
