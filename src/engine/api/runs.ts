/** The operations on runs. */

import { type Run, ThreadBusyError } from "../../store/mod.ts";
import { enterThread, readFresh, upToDate } from "../runs/expiry.ts";
import { findAssistant } from "./assistants.ts";
import type { Answer, Call } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { invalid, notFound } from "../objects/errors.ts";
import { type RunEvent, statusEvent } from "../objects/events.ts";
import { eventsBefore, joinRun } from "../runs/follow.ts";
import { assertToolsNotRefused, assertToolsSupported, attach } from "../hosted/resources.ts";
import { readBody } from "./http.ts";
import { newMessage } from "../objects/new_objects.ts";
import { listQuery, readPage } from "./page.ts";
import { metadataBody } from "../objects/schemas.ts";
import { type NewRun, runResponse, startAndRespond } from "./run_response.ts";
import { createRunBody, createThreadAndRunBody, newRunFromRequest } from "./run_request.ts";
import { asksForContents, leavingOutContents } from "./search_result_contents.ts";
import { eventStream } from "./event_stream.ts";
import { findThread, planThread } from "./threads.ts";

export async function createRun(call: Call): Promise<Answer> {
  const { core, request, params } = call;
  const { thread_id } = params;
  const contents = asksForContents(call.query);
  const body = await readBody(request, createRunBody);
  const { additional_instructions, additional_messages, reasoning_effort } = body;
  await findThread(call);
  const assistant = await findAssistant(call, body.assistant_id);
  const now = unixSeconds(core.clock);
  const run = newRunFromRequest(thread_id, assistant, body, now);
  assertToolsSupported(call.caller, run);
  if (additional_instructions) {
    run.instructions = [run.instructions, additional_instructions].filter(Boolean).join("\n");
  }
  run.reasoning_effort = reasoning_effort ?? run.reasoning_effort;
  const messages = (additional_messages ?? []).map((message) =>
    newMessage(thread_id, message, now)
  );
  return await startRun(call, { messages, run }, { stream: body.stream ?? false, contents });
}

export async function createThreadAndRun(call: Call): Promise<Answer> {
  const body = await readBody(call.request, createThreadAndRunBody);
  const assistant = await findAssistant(call, body.assistant_id);
  const now = unixSeconds(call.core.clock);
  const run = newRunFromRequest("", assistant, body, now);
  // Before anything is made at the upstream.
  assertToolsSupported(call.caller, run);
  const { thread, messages } = await planThread(call, body.thread ?? {}, "thread.");
  run.thread_id = thread.id;
  run.tool_resources = body.tool_resources ?? run.tool_resources;
  return await startRun(call, { thread, messages, run }, { stream: body.stream ?? false });
}

export async function listRuns(call: Call): Promise<Answer> {
  const { core, store, params } = call;
  const query = { ...listQuery(call.query, "run"), thread_id: params.thread_id };
  await findThread(call);
  if (query.status !== undefined) await endOverdue(call);
  const read = () => readPage(() => store.list("run", query));
  const expire = async (run: Run) => await upToDate(core, store, run) !== run;
  return { body: await readFresh(read, expire) };
}

/** Expires the latest run of the thread, which alone can be active, where it has outlived its time. */
async function endOverdue({ core, store, params: { thread_id } }: Call): Promise<void> {
  const latest = await store.list("run", {
    limit: 1,
    order: "desc",
    thread_id,
  });
  for (const run of latest.data) await upToDate(core, store, run);
}

/** With `stream=true`, which OpenAI's API did not have, the run's events from now on. */
export async function getRun(call: Call): Promise<Answer> {
  const { core, store, request, params } = call;
  if (new URLSearchParams(call.query).get("stream") !== "true") {
    return runResponse(await findRun(call));
  }
  const { thread_id, run_id: id } = params;
  // Before the run is looked at: what it finishes after that is news.
  const emittedEvents = await eventsBefore(store, { thread_id, id });
  const run = await findRun(call);
  const events = eventStream(
    core,
    request.signal,
    (sink) => joinRun({ core, store, run, sink: leavingOutContents(sink), emittedEvents }),
  );
  return { events };
}

export async function modifyRun(call: Call): Promise<Answer> {
  const { metadata } = await readBody(call.request, metadataBody);
  const { id } = await findRun(call);
  const run = await call.store.update(
    "run",
    id,
    (current) => metadata === undefined ? current : { ...current, metadata: metadata ?? {} },
  );
  if (run === undefined) throw notFound("run", id);
  return runResponse(run);
}

/**
 * The run of the path, as it is now.
 *
 * @throws {ApiError} 404 when it, or its thread, does not exist
 */
export async function findRun(call: Call): Promise<Run> {
  const { core, store, params } = call;
  const run = await store.get("run", params.run_id);
  if (run?.thread_id === params.thread_id) {
    const current = await upToDate(core, store, run);
    if (current !== undefined) return current;
  }
  await findThread(call);
  throw notFound("run", params.run_id);
}

/** Stores a run with what enters its thread beside it, and sets to work. */
async function startRun(
  call: Call,
  { thread, messages, run }: NewRun,
  how: { stream: boolean; contents?: boolean },
): Promise<Answer> {
  const { core, caller } = call;
  // A caller without a key is refused before anything is stored.
  const client = await caller.upstream();
  assertToolsNotRefused(client, run);
  const lease = core.runs.newLease(caller.upstreamId);
  try {
    if (thread === undefined) await attach(call, run.thread_id, messages);
    await enterThread(call, run.thread_id, { thread, messages, run, lease });
  } catch (error) {
    if (!(error instanceof ThreadBusyError)) throw error;
    throw invalid(error.message);
  }
  const news: RunEvent[] = [{ event: "thread.run.created", data: run }, statusEvent(run)];
  return startAndRespond(call, run, client, { ...how, pendingEvents: news, thread });
}
