/** A conversation as one text or object, in parts that a model can read. */

import type OpenAI from "openai";
import { estimateTokens } from "../../shared/token_count.ts";
import { markdownHead, markdownMessage } from "../../shared/transcript.ts";

type Thread = OpenAI.Beta.Thread;
type Message = OpenAI.Beta.Threads.Message;

/** What one part may cost: less than a result may, for what stands around it. */
const MAX_TOKENS = 7500;

/** How many messages, and steps of a run, are asked for at a time. */
const PAGE = 100;

export interface ExportOptions {
  thread_id: string;
  format: "markdown" | "json";
  /** The part begins right after this message. */
  after?: string;
  signal: AbortSignal;
}

/** A part of a conversation; one message at least, however long it is. */
export interface ThreadExport {
  thread_id: string;
  format: "markdown" | "json";
  /** The Markdown. */
  transcript: string | null;
  /** JSON: the thread, and its messages with the runs that wrote them. */
  thread: Thread | null;
  data: object[] | null;
  last_id: string | null;
  has_more: boolean;
  note: string | null;
}

/** Reads as many messages as fit, oldest first. */
export async function readThread(
  openai: OpenAI,
  { thread_id, format, after, signal }: ExportOptions,
): Promise<ThreadExport> {
  const thread = await openai.beta.threads.retrieve(thread_id, { signal });
  const head = format === "json" ? thread : after === undefined ? markdownHead(thread) : "";
  const parts: (string | object)[] = [];
  let left = MAX_TOKENS - costOf(head);
  let last_id: string | null = null;
  let has_more = false;
  const seen = new Set<string>();
  for await (const message of messagesAfter(openai, thread_id, after, signal)) {
    const part = format === "json"
      ? await withRun(openai, message, seen, signal)
      : markdownMessage(message);
    left -= costOf(part);
    has_more = left < 0 && parts.length > 0;
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
    note: has_more ? `The conversation goes on: call this again with after "${last_id}".` : null,
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
    const query = { order: "asc", limit: PAGE, after: cursor } as const;
    const page = await openai.beta.threads.messages.list(threadId, query, { signal });
    yield* page.data;
    cursor = page.data.at(-1)?.id;
    if (!page.has_more || cursor === undefined) return;
  }
}

/** The message; the first of a run has the run beside it, with its steps. */
async function withRun(
  openai: OpenAI,
  message: Message,
  seen: Set<string>,
  signal: AbortSignal,
): Promise<object> {
  const { run_id, thread_id } = message;
  if (run_id === null || seen.has(run_id)) return message;
  seen.add(run_id);
  const { runs } = openai.beta.threads;
  const run = await runs.retrieve(run_id, { thread_id }, { signal });
  const query = { thread_id, order: "asc", limit: PAGE } as const;
  const steps = await runs.steps.list(run_id, query, { signal });
  return { ...message, run: { ...run, steps: steps.data } };
}
