/** Accepts the outputs of a run's function calls and resumes the run. */

import type OpenAI from "openai";
import type { Run, RunChange, RunItem, RunState, RunStep } from "../../store/mod.ts";
import type { Call, OperationResult } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { conflict } from "../objects/errors.ts";
import { statusEvent } from "../objects/events.ts";
import { eventsBefore } from "../runs/follow.ts";
import { readBody } from "./http.ts";
import { runResponse, startAndRespond } from "./run_response.ts";
import { submitBody } from "./run_request.ts";
import { completeStep, expiring, remainder, type Usage } from "../objects/transitions.ts";
import { commitUnowned } from "../runs/commit_unowned.ts";
import { findRun } from "./runs.ts";
import type { Checked } from "../objects/validation.ts";

type Outputs = Checked<typeof submitBody>["tool_outputs"];
type FunctionCall = OpenAI.Beta.Threads.Runs.FunctionToolCall;

/** `POST /threads/{id}/runs/{id}/submit_tool_outputs`. Takes the outputs of all pending calls at once. */
export async function submitToolOutputs(call: Call): Promise<OperationResult> {
  const { core, caller, store } = call;
  const { tool_outputs, stream } = await readBody(call.request, submitBody);
  const before = await findRun(call);
  assertRequiresAction(before);
  const client = await caller.upstream();
  const usage = await usageOfCalls(call, before);
  const emittedEvents = stream ? await eventsBefore(store, before) : [];
  const lease = core.runs.newLease(caller.upstreamId);
  let steps: RunStep[] = [];
  const run = await commitUnowned(store, before.id, (state) => {
    const now = unixSeconds(core.clock);
    const expired = expiring(state, now);
    if (expired !== undefined) return expired;
    assertRequiresAction(state.run);
    const change = withOutputs(state, tool_outputs, now, usage);
    steps = change.steps;
    return { ...change, lease };
  });
  // The run has expired or was deleted in the meantime.
  if (run?.status !== "queued") return runResponse(assertRequiresAction(await findRun(call)));
  const pendingEvents = [...steps, run].map(statusEvent);
  return startAndRespond(call, run, client, {
    stream: stream ?? false,
    pendingEvents,
    emittedEvents,
  });
}

function assertRequiresAction(run: Run): Run {
  if (run.status === "requires_action") return run;
  throw conflict(
    `Runs in status "${run.status}" do not accept tool outputs.`,
    "run_status_mismatch",
  );
}

/** Returns the usage of the response that ended with the calls: the part that no step accounts for. */
async function usageOfCalls({ store }: Call, run: Run): Promise<Usage | null> {
  if (run.usage === null) return null;
  const parts: Usage[] = [];
  let after: string | undefined;
  for (let more = true; more;) {
    const query = { limit: 100, order: "asc", run_id: run.id, after } as const;
    const { data, has_more } = await store.list("step", query);
    parts.push(...data.flatMap(({ usage }) => usage ? [usage] : []));
    after = data.at(-1)?.id;
    more = has_more;
  }
  return remainder(run.usage, parts);
}

/** Returns the change that stores the outputs: the run queued, its step completed, and the output items. */
function withOutputs(
  { run, steps }: RunState,
  outputs: Outputs,
  now: number,
  usage: Usage | null,
): RunChange & { steps: RunStep[] } {
  const calls = steps.flatMap(callsOf);
  assertOutputsMatchCalls(calls, outputs);
  const remaining = [...outputs];
  const items: RunItem[] = [];
  const completed = steps.map((step): RunStep => {
    const tool_calls = callsOf(step).map((call) => {
      const index = remaining.findIndex(({ tool_call_id }) => tool_call_id === call.id);
      const [{ output = "" } = {}] = remaining.splice(index, 1);
      items.push({ type: "function_call_output", call_id: call.id, output });
      return { ...call, function: { ...call.function, output } };
    });
    return { ...completeStep(step, now), usage, step_details: { type: "tool_calls", tool_calls } };
  });
  return { run: { ...run, status: "queued", required_action: null }, steps: completed, items };
}

function callsOf({ step_details }: RunStep): FunctionCall[] {
  if (step_details.type !== "tool_calls") return [];
  return step_details.tool_calls.filter((call) => call.type === "function");
}

/** @throws {ApiError} 400 unless there is exactly one output per call */
function assertOutputsMatchCalls(calls: FunctionCall[], outputs: Outputs): void {
  const expected = calls.map(({ id }) => id);
  const got = outputs.map(({ tool_call_id }) => tool_call_id).filter((id) => id !== undefined);
  if (got.length === outputs.length && sorted(expected) === sorted(got)) return;
  throw conflict(
    `Expected tool outputs for call_ids ${list(expected)}, got ${list(got)}`,
    "tool_outputs_mismatch",
  );
}

function sorted(ids: string[]): string {
  return JSON.stringify(ids.toSorted());
}

/** Formats a list like Python, as OpenAI's message does. */
function list(ids: string[]): string {
  return `[${ids.map((id) => `'${id}'`).join(", ")}]`;
}
