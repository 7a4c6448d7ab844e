/**
 * Follows a run until it settles or the time is up, and reports its text to the waiting caller. The
 * event stream reports changes early, but the stored run decides: it is polled if the stream fails
 * or the upstream has none.
 */

import type OpenAI from "openai";
import { sleep } from "../../shared/clock.ts";
import { ApiError } from "../../shared/errors.ts";
import { Deadline } from "../deadline.ts";
import type { ToolContext } from "../define_tool.ts";
import { RunText } from "./run_text.ts";

export type Run = OpenAI.Beta.Threads.Run;
type Message = OpenAI.Beta.Threads.Message;
type RunEvents = AsyncIterable<OpenAI.Beta.AssistantStreamEvent>;
type ReportProgress = ToolContext["progress"];

/** Sends a request that is answered with a run or with its events. */
export type RequestRun = (signal: AbortSignal) => Promise<RunEvents | Run>;

/** The last known state of a run, and the text that its assistant has written. */
export interface FollowedRun {
  run: Run;
  text: string;
}

const FIRST_POLL_MS = 250;
const MAX_POLL_MS = 2000;

/**
 * Requests a run and follows it for at most `waitS` seconds; with 0 it returns the run's first state.
 *
 * @throws {ApiError} 504 or 502 if the time or the stream ends before the first event with the run
 */
export async function follow(
  { openai, signal, progress }: ToolContext,
  waitS: number,
  requestRun: RequestRun,
): Promise<FollowedRun> {
  using deadline = new Deadline(signal, waitS);
  const { run, text } = await readEvents(eventsOf(requestRun, deadline), deadline, progress);
  signal.throwIfAborted();
  if (run === undefined) throw noRun(deadline, waitS);
  if (isSettled(run) || deadline.passed) return { run, text };

  const polled = await pollRun(openai, run, deadline, progress);
  signal.throwIfAborted();
  const complete = new RunText();
  for (const message of await listRunMessages(openai, polled, signal)) complete.set(message);
  return { run: polled, text: complete.text || text };
}

/** Requests a run and returns it at once, or, if `stream` is set, follows it first. */
export async function requestedRun(
  context: ToolContext,
  stream: boolean | null | undefined,
  requestRun: RequestRun,
): Promise<Run> {
  if (stream) return (await follow(context, context.waitS, requestRun)).run;
  return await requestRun(context.signal) as Run;
}

/** Requests the events of an existing run, from its current state on; the run if there is no stream. */
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
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  // The SDK's type does not know that `stream` turns the run into its events.
  return isStream ? data as unknown as RunEvents : await response.json();
}

/** Returns up to 100 messages that a run has written, oldest first. */
export async function listRunMessages(
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

async function* eventsOf(requestRun: RequestRun, deadline: Deadline): RunEvents {
  try {
    const answer = await requestRun(deadline.signal);
    if ("id" in answer) yield stateEvent(answer);
    else yield* answer;
  } catch (error) {
    // The deadline aborts the request, which is not an error: the events end.
    if (!deadline.signal.aborted) throw error;
  }
}

function stateEvent(run: Run): OpenAI.Beta.AssistantStreamEvent {
  return { event: `thread.run.${run.status}`, data: run } as OpenAI.Beta.AssistantStreamEvent;
}

/** Reads events until the run settles, the time is up or the stream ends. */
async function readEvents(
  events: RunEvents,
  deadline: { readonly passed: boolean },
  progress: ReportProgress,
): Promise<{ run: Run | undefined; text: string }> {
  let run: Run | undefined;
  const runText = new RunText();
  try {
    for await (const { data } of events) {
      if (!("object" in data)) continue;
      if (data.object === "thread.run") {
        if (data.status !== run?.status) reportStatus(data, progress);
        run = data;
        if (isSettled(run) || deadline.passed) break;
      } else if (data.object === "thread.message.delta") {
        progress({ text: runText.append(data) });
      } else if (data.object === "thread.message") {
        runText.set(data);
      }
    }
  } catch (error) {
    // A broken stream does not mean that the run failed: a known run can be polled.
    if (run === undefined) throw error;
  }
  return { run, text: runText.text };
}

/** Returns whether a run changes only if someone acts on it. */
function isSettled({ status }: Run): boolean {
  return status !== "queued" && status !== "in_progress" && status !== "cancelling";
}

function reportStatus(run: Run, progress: ReportProgress): void {
  if (!isSettled(run)) progress({ status: run.status });
}

async function pollRun(
  openai: OpenAI,
  run: Run,
  { signal }: Deadline,
  progress: ReportProgress,
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
      if (next.status !== current.status) reportStatus(next, progress);
      current = next;
    } catch (error) {
      if (signal.aborted) break;
      throw error;
    }
  }
  return current;
}

function noRun(deadline: Deadline, waitS: number): ApiError {
  return deadline.passed
    ? new ApiError(
      `The run had not started after ${waitS} s, but it still may. Check with list_runs before you try again.`,
      { status: 504, type: "server_error", code: "timeout" },
    )
    : new ApiError(
      "The stream ended before the run started. Check with list_runs before you try again.",
      { status: 502, type: "server_error" },
    );
}
