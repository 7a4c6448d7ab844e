/** The operations on runs. */

import { type Run, ThreadBusyError } from "../../store/mod.ts";
import { enterThread, readFresh, upToDate } from "../runs/expiry.ts";
import { findAssistant } from "./assistants.ts";
import type { Call, OperationResult } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { conflict, notFound } from "../objects/errors.ts";
import { type RunEvent, statusEvent } from "../objects/events.ts";
import { eventsBefore, joinRun } from "../runs/follow.ts";
import { assertToolsNotRefused, assertToolsSupported, attach } from "../hosted/resources.ts";
import { readBody } from "./http.ts";
import { newMessage } from "../objects/new_objects.ts";
import { listQuery, readPage } from "./page.ts";
import { metadataBody } from "../objects/schemas.ts";
import { runResponse, startAndRespond, type StoredEntry } from "./run_response.ts";
import { createRunBody, createThreadAndRunBody, newRunFromRequest } from "./run_request.ts";
import { includesContents, sinkWithoutContents } from "./search_result_contents.ts";
import { eventStream } from "./event_stream.ts";
import { findThread, newThreadFromRequest } from "./threads.ts";

/** `POST /threads/{id}/runs`. */
export async function createRun(call: Call): Promise<OperationResult> {
  const { core, request, params } = call;
  const { thread_id } = params;
  const contents = includesContents(call.query);
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

/** `POST /threads/runs`. */
export async function createThreadAndRun(call: Call): Promise<OperationResult> {
  const body = await readBody(call.request, createThreadAndRunBody);
  const assistant = await findAssistant(call, body.assistant_id);
  const now = unixSeconds(call.core.clock);
  const run = newRunFromRequest("", assistant, body, now);
  // Checked before anything is created at the upstream.
  assertToolsSupported(call.caller, run);
  const { thread, messages } = await newThreadFromRequest(call, body.thread ?? {}, "thread.");
  run.thread_id = thread.id;
  run.tool_resources = body.tool_resources ?? run.tool_resources;
  return await startRun(call, { thread, messages, run }, { stream: body.stream ?? false });
}

/** `GET /threads/{id}/runs`. */
export async function listRuns(call: Call): Promise<OperationResult> {
  const { core, store, params } = call;
  const query = { ...listQuery(call.query, "run"), thread_id: params.thread_id };
  await findThread(call);
  if (query.status !== undefined) await expireLatestRun(call);
  const read = () => readPage(() => store.list("run", query));
  const expire = async (run: Run) => await upToDate(core, store, run) !== run;
  return { body: await readFresh(read, expire) };
}

/** Expires the latest run of the thread if it is overdue. Only the latest run can be active. */
async function expireLatestRun({ core, store, params: { thread_id } }: Call): Promise<void> {
  const latest = await store.list("run", {
    limit: 1,
    order: "desc",
    thread_id,
  });
  for (const run of latest.data) await upToDate(core, store, run);
}

/**
 * `GET /threads/{id}/runs/{id}`. With `stream=true`, which OpenAI's API did not have, streams its events
 * from now on.
 */
export async function getRun(call: Call): Promise<OperationResult> {
  const { core, store, request, params } = call;
  if (new URLSearchParams(call.query).get("stream") !== "true") {
    return runResponse(await findRun(call));
  }
  const { thread_id, run_id: id } = params;
  // Read before the run: everything that finishes afterwards is sent.
  const emittedEvents = await eventsBefore(store, { thread_id, id });
  const run = await findRun(call);
  const events = eventStream(
    core,
    request.signal,
    (sink) => joinRun({ core, store, run, sink: sinkWithoutContents(sink), emittedEvents }),
  );
  return { events };
}

/** `POST /threads/{id}/runs/{id}`. */
export async function modifyRun(call: Call): Promise<OperationResult> {
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
 * Returns the run in the path, after expiring it if it is overdue.
 *
 * @throws {ApiError} 404 if it or its thread does not exist
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

/** Stores a run together with the new thread or messages, and starts it. */
async function startRun(
  call: Call,
  { thread, messages, run }: StoredEntry,
  options: { stream: boolean; contents?: boolean },
): Promise<OperationResult> {
  const { core, caller } = call;
  // Throws before anything is stored if the caller has no key.
  const client = await caller.upstream();
  assertToolsNotRefused(client, run);
  const lease = core.runs.newLease(caller.upstreamId);
  try {
    if (thread === undefined) await attach(call, run.thread_id, messages);
    await enterThread(call, run.thread_id, { thread, messages, run, lease });
  } catch (error) {
    if (!(error instanceof ThreadBusyError)) throw error;
    throw conflict(error.message, "thread_has_active_run");
  }
  const pendingEvents: RunEvent[] = [{ event: "thread.run.created", data: run }, statusEvent(run)];
  return startAndRespond(call, run, client, { ...options, pendingEvents: pendingEvents, thread });
}
