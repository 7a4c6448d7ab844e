/** Exports a thread as one text or object, in parts that fit into a model's context. */

import type OpenAI from "openai";
import { estimateTokens } from "../../shared/token_count.ts";
import { markdownHead, markdownMessage } from "../../shared/transcript.ts";

type Thread = OpenAI.Beta.Thread;
type Message = OpenAI.Beta.Threads.Message;

/** Maximum size of the messages of one part, in tokens; a result may have 8,000. */
const MAX_TOKENS = 7500;

/** Messages, and steps of a run, per request. */
const PAGE_SIZE = 100;

/** What to export. */
export interface ExportOptions {
  thread_id: string;
  format: "markdown" | "json";
  /** The id of the message after which the part starts. */
  after?: string;
  signal: AbortSignal;
}

/** One part of a thread. */
export interface ThreadExport {
  thread_id: string;
  format: "markdown" | "json";
  /** The part as Markdown; null for JSON. */
  transcript: string | null;
  /** The thread; null for Markdown. */
  thread: Thread | null;
  /** The messages, each run with the first message that it wrote; null for Markdown. */
  data: object[] | null;
  last_id: string | null;
  has_more: boolean;
  note: string | null;
}

/** Returns the next part of a thread, oldest messages first; at least one message, however long. */
export async function exportThread(
  openai: OpenAI,
  { thread_id, format, after, signal }: ExportOptions,
): Promise<ThreadExport> {
  const thread = await openai.beta.threads.retrieve(thread_id, { signal });
  const head = format === "json" ? thread : after === undefined ? markdownHead(thread) : "";
  const parts: (string | object)[] = [];
  let remaining = MAX_TOKENS - costOf(head);
  let last_id: string | null = null;
  let has_more = false;
  const seenRuns = new Set<string>();
  for await (const message of messagesAfter(openai, thread_id, after, signal)) {
    const part = format === "json"
      ? await withRun(openai, message, seenRuns, signal)
      : markdownMessage(message);
    remaining -= costOf(part);
    has_more = remaining < 0 && parts.length > 0;
    if (has_more) break;
    parts.push(part);
    last_id = message.id;
  }
  const isJson = format === "json";
  return {
    thread_id,
    format,
    transcript: isJson ? null : `${[head, ...parts].filter((text) => text !== "").join("\n\n")}\n`,
    thread: isJson ? thread : null,
    data: isJson ? parts.filter((part) => typeof part === "object") : null,
    last_id,
    has_more,
    note: has_more ? `There are more messages: call this again with after "${last_id}".` : null,
  };
}

function costOf(part: string | object): number {
  return estimateTokens(JSON.stringify(part)) + 1;
}

async function* messagesAfter(
  openai: OpenAI,
  threadId: string,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  for (let cursor = after;;) {
    const query = { order: "asc", limit: PAGE_SIZE, after: cursor } as const;
    const page = await openai.beta.threads.messages.list(threadId, query, { signal });
    yield* page.data;
    cursor = page.data.at(-1)?.id;
    if (!page.has_more || cursor === undefined) return;
  }
}

/** Adds the run that wrote a message, with its steps, unless an earlier message has it. */
async function withRun(
  openai: OpenAI,
  message: Message,
  seenRuns: Set<string>,
  signal: AbortSignal,
): Promise<object> {
  const { run_id, thread_id } = message;
  if (run_id === null || seenRuns.has(run_id)) return message;
  seenRuns.add(run_id);
  const { runs } = openai.beta.threads;
  const run = await runs.retrieve(run_id, { thread_id }, { signal });
  const query = { thread_id, order: "asc", limit: PAGE_SIZE } as const;
  const steps = await runs.steps.list(run_id, query, { signal });
  return { ...message, run: { ...run, steps: steps.data } };
}
