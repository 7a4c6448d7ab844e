/** The operations on runs. */

import { type Message, type Run, type Thread, ThreadBusyError } from "../store/mod.ts";
import { enterThread, readFresh, upToDate } from "./active_runs.ts";
import { findAssistant } from "./assistants.ts";
import type { Answer, Call } from "./call.ts";
import { unixSeconds } from "./clock.ts";
import { invalid, notFound } from "./errors.ts";
import { followRun } from "./follow.ts";
import { readBody } from "./http.ts";
import { newMessage } from "./objects.ts";
import { listQuery, readPage } from "./page.ts";
import { metadataBody } from "./parts.ts";
import { createRunBody, createThreadAndRunBody, planRun, submitBody } from "./run_plan.ts";
import { isCancellable } from "./run/live_run.ts";
import { ending } from "./run/outcome.ts";
import { eventStream } from "./stream.ts";
import { findThread, planThread } from "./threads.ts";
import { array, oneOf } from "./validate.ts";

/** While a run is under way, the SDK's poll helpers look again after so long. */
const POLL_AFTER_MS = "100";

const include = array(oneOf(["step_details.tool_calls[*].file_search.results[*].content"]));

export async function createRun(call: Call): Promise<Answer> {
  const { core, request, params } = call;
  const { thread_id } = params;
  checkInclude(call.query);
  const body = await readBody(request, createRunBody);
  const { additional_instructions, additional_messages, reasoning_effort } = body;
  await findThread(call);
  const assistant = await findAssistant(call, body.assistant_id);
  const now = unixSeconds(core.clock);
  const run = planRun(thread_id, assistant, body, now);
  if (additional_instructions) {
    run.instructions = [run.instructions, additional_instructions].filter(Boolean).join("\n");
  }
  run.reasoning_effort = reasoning_effort ?? run.reasoning_effort;
  const messages = (additional_messages ?? []).map((message) =>
    newMessage(thread_id, message, now)
  );
  return await startRun(call, { messages, run }, body.stream ?? false);
}

export async function createThreadAndRun(call: Call): Promise<Answer> {
  const body = await readBody(call.request, createThreadAndRunBody);
  const assistant = await findAssistant(call, body.assistant_id);
  const now = unixSeconds(call.core.clock);
  const { thread, messages } = planThread(body.thread ?? {}, "thread.", now);
  const run = planRun(thread.id, assistant, body, now);
  run.tool_resources = body.tool_resources ?? run.tool_resources;
  return await startRun(call, { thread, messages, run }, body.stream ?? false);
}

export async function listRuns(call: Call): Promise<Answer> {
  const { core, caller, params } = call;
  const query = { ...listQuery(call.query, "run"), thread_id: params.thread_id };
  await findThread(call);
  const read = () => readPage(() => core.store.list(caller.tenant, "run", query));
  const expire = async (run: Run) => await upToDate(core, caller.tenant, run) !== run;
  return { body: await readFresh(read, expire) };
}

/** With `stream=true`, which OpenAI's API did not have, the run's events from now on. */
export async function getRun(call: Call): Promise<Answer> {
  const { core, caller, request } = call;
  const run = await findRun(call);
  if (new URLSearchParams(call.query).get("stream") !== "true") return runAnswer(run);
  const events = eventStream(
    core,
    request.signal,
    (sink) => followRun(core, caller.tenant, run, sink),
  );
  return { events };
}

export async function modifyRun(call: Call): Promise<Answer> {
  const { metadata } = await readBody(call.request, metadataBody);
  const { core, caller } = call;
  const { id } = await findRun(call);
  const run = await core.store.update(
    caller.tenant,
    "run",
    id,
    (current) => metadata === undefined ? current : { ...current, metadata: metadata ?? {} },
  );
  if (run === undefined) throw notFound("run", id);
  return runAnswer(run);
}

export async function cancelRun(call: Call): Promise<Answer> {
  const { id } = await findRun(call);
  const cancelling = await cancel(call, id);
  if (cancelling !== undefined) return runAnswer(cancelling);
  const { status } = await findRun(call);
  throw invalid(`Cannot cancel run with status '${status}'.`);
}

/** Refuses: no run of this version requires an action. */
export async function submitToolOutputs(call: Call): Promise<Answer> {
  await readBody(call.request, submitBody);
  const { status } = await findRun(call);
  throw invalid(`Runs in status "${status}" do not accept tool outputs.`);
}

/**
 * The run of the path, as it is now.
 *
 * @throws {ApiError} 404 when it, or its thread, does not exist
 */
export async function findRun(call: Call): Promise<Run> {
  const { core, caller, params } = call;
  const run = await core.store.get(caller.tenant, "run", params.run_id);
  if (run?.thread_id === params.thread_id) {
    const current = await upToDate(core, caller.tenant, run);
    if (current !== undefined) return current;
  }
  await findThread(call);
  throw notFound("run", params.run_id);
}

/** @throws {ApiError} 400 for something that a run step cannot include */
export function checkInclude(query: string): void {
  const given = new URLSearchParams(query);
  include([...given.getAll("include[]"), ...given.getAll("include")], "include");
}

/** Stores a run with what enters its thread beside it, and sets to work. */
async function startRun(
  call: Call,
  entry: { thread?: Thread; messages: Message[]; run: Run },
  stream: boolean,
): Promise<Answer> {
  const { core, caller, request } = call;
  const { thread, run } = entry;
  // A caller without a key is refused before anything is stored.
  const client = await caller.upstream();
  try {
    await enterThread(call, run.thread_id, entry);
  } catch (error) {
    if (!(error instanceof ThreadBusyError)) throw error;
    throw invalid(error.message);
  }
  if (!stream) {
    core.runs.start(caller.tenant, run, client);
    return runAnswer(run);
  }
  const events = eventStream(core, request.signal, (sink) => {
    if (thread !== undefined) sink.send({ event: "thread.created", data: thread });
    return core.events.listen(run.id, (event) => sink.send(event));
  });
  core.runs.start(caller.tenant, run, client);
  return { events };
}

/** The run as it is being cancelled; undefined where that is too late. */
async function cancel({ core, caller }: Call, runId: string): Promise<Run | undefined> {
  const live = core.runs.get(runId);
  if (live !== undefined) return await live.cancel();
  let cancelling: Run | undefined;
  await core.store.commit(caller.tenant, runId, (state) => {
    cancelling = isCancellable(state.run) ? { ...state.run, status: "cancelling" } : undefined;
    // Whoever works on the run finds it cancelled with the next thing that it has to store.
    return cancelling && ending(state, { status: "cancelled" }, unixSeconds(core.clock));
  });
  return cancelling;
}

function runAnswer(run: Run): Answer {
  const { status } = run;
  const headers = status === "queued" || status === "in_progress" || status === "cancelling"
    ? { "openai-poll-after-ms": POLL_AFTER_MS }
    : undefined;
  return { body: run, headers };
}
