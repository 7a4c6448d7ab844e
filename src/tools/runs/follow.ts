/**
 * Following a run: its text goes to the waiting caller, and the run comes back when it settles or
 * the time is over. The stream is how to learn of it early; the stored run is the truth, and is
 * asked for where the stream breaks off or the upstream has none.
 */

import type OpenAI from "openai";
import { sleep } from "../../shared/clock.ts";
import { ApiError } from "../../shared/errors.ts";
import { Deadline } from "./deadline.ts";
import { Transcript } from "./run_text.ts";
import type { ToolContext } from "../define_tool.ts";

export type Run = OpenAI.Beta.Threads.Run;
type Message = OpenAI.Beta.Threads.Message;
type Event = OpenAI.Beta.AssistantStreamEvent;
type Progress = ToolContext["progress"];

type RunEvents = AsyncIterable<Event>;

/** Sends the request that a run answers to: with its events, or as it is. */
export type Open = (signal: AbortSignal) => Promise<RunEvents | Run>;

/** A run as far as it was followed, and what its assistant has said till then. */
export interface Followed {
  run: Run;
  text: string;
}

const FIRST_POLL_MS = 250;
const MAX_POLL_MS = 2000;

/**
 * Opens a run's events and follows them for at most so many seconds; with 0 it returns the run's
 * first state.
 *
 * @throws {ApiError} 504 or 502 when the time or the stream ends before there is a run
 */
export async function follow(
  { openai, signal, progress }: ToolContext,
  seconds: number,
  open: Open,
): Promise<Followed> {
  using deadline = new Deadline(signal, seconds);
  const { run, text } = await followRun(openOrEmpty(open, deadline), deadline, progress);
  signal.throwIfAborted();
  if (run === undefined) throw noRun(deadline, seconds);
  if (isSettled(run) || deadline.passed) return { run, text };

  const polled = await pollRun(openai, run, deadline, progress);
  signal.throwIfAborted();
  const whole = new Transcript();
  for (const message of await messagesOf(openai, polled, signal)) whole.set(message);
  return { run: polled, text: whole.text || text };
}

/** The run that a request answers with; where that is streamed, the run as far as it was followed. */
export async function runOf(
  context: ToolContext,
  stream: boolean | null | undefined,
  open: Open,
): Promise<Run> {
  if (stream) return (await follow(context, context.waitS, open)).run;
  return await open(context.signal) as Run;
}

/** Opens the events of a run that exists: from its state as it is now to where it settles. */
export async function joinRun(
  openai: OpenAI,
  { thread_id, run_id }: { thread_id: string; run_id: string },
  signal: AbortSignal,
): Promise<RunEvents | Run> {
  const request = openai.beta.threads.runs.retrieve(run_id, { thread_id }, {
    query: { stream: true },
    stream: true,
    signal,
  });
  const { data, response } = await request.withResponse();
  const streamed = response.headers.get("content-type")?.startsWith("text/event-stream");
  // The SDK's type does not know that `stream` turns the run into its events.
  return streamed ? data as unknown as RunEvents : await response.json();
}

/** Reads events until the run settles, the time is over or the stream ends. */
async function followRun(
  events: RunEvents,
  deadline: { readonly passed: boolean },
  progress: Progress,
): Promise<{ run: Run | undefined; text: string }> {
  let run: Run | undefined;
  const transcript = new Transcript();
  try {
    for await (const event of events) {
      const { data } = event;
      if (!("object" in data)) continue;
      if (data.object === "thread.run") {
        if (data.status !== run?.status) tellStatus(data, progress);
        run = data;
        if (isSettled(run) || deadline.passed) break;
      } else if (data.object === "thread.message.delta") {
        progress({ text: transcript.add(data) });
      } else if (data.object === "thread.message") {
        transcript.set(data);
      }
    }
  } catch (error) {
    // A broken stream says nothing of the run itself: where there is one, it is asked for.
    if (run === undefined) throw error;
  }
  return { run, text: transcript.text };
}

/** The messages that a run has written, oldest first. */
export async function messagesOf(
  openai: OpenAI,
  { id, thread_id }: Pick<Run, "id" | "thread_id">,
  signal: AbortSignal,
): Promise<Message[]> {
  const page = await openai.beta.threads.messages.list(
    thread_id,
    { run_id: id, order: "asc", limit: 100 },
    { signal },
  );
  return page.data;
}

/** Whether a run moves no further by itself. */
function isSettled({ status }: Run): boolean {
  return status !== "queued" && status !== "in_progress" && status !== "cancelling";
}

function tellStatus(run: Run, progress: Progress): void {
  if (!isSettled(run)) progress({ status: run.status });
}

async function* openOrEmpty(open: Open, deadline: Deadline): RunEvents {
  try {
    const opened = await open(deadline.signal);
    if ("id" in opened) yield stateOf(opened);
    else yield* opened;
  } catch (error) {
    // The end of the wait reaches the request as an abort; it is told as what it is.
    if (!deadline.signal.aborted) throw error;
  }
}

function stateOf(run: Run): Event {
  return { event: `thread.run.${run.status}`, data: run } as Event;
}

async function pollRun(
  openai: OpenAI,
  run: Run,
  { signal }: Deadline,
  progress: Progress,
): Promise<Run> {
  let current = run;
  for (
    let delayMs = FIRST_POLL_MS;
    !isSettled(current);
    delayMs = Math.min(delayMs * 2, MAX_POLL_MS)
  ) {
    const { id, thread_id } = current;
    try {
      await sleep(delayMs, signal);
      const next = await openai.beta.threads.runs.retrieve(id, { thread_id }, { signal });
      if (next.status !== current.status) tellStatus(next, progress);
      current = next;
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
  }
  return current;
}

function noRun(deadline: Deadline, seconds: number): ApiError {
  return deadline.passed
    ? new ApiError(
      `The run was not there after ${seconds} s. It may start yet: look with list_runs before trying again.`,
      { status: 504, type: "server_error", code: "timeout" },
    )
    : new ApiError(
      "The stream of the run ended before the run was there. Look with list_runs before trying again.",
      { status: 502, type: "server_error" },
    );
}
