/** Cancelling a run, whoever works on it. */

import type { Run, RunState } from "../store/mod.ts";
import type { Answer, Call } from "./call.ts";
import { unixSeconds } from "../clock.ts";
import { invalid } from "./errors.ts";
import { runAnswer } from "./run_answers.ts";
import { isCancellable } from "./run/live_run.ts";
import { ending } from "./run/outcome.ts";
import { moveStored } from "./run/stored_run.ts";
import { findRun } from "./runs.ts";

export async function cancelRun(call: Call): Promise<Answer> {
  const { id } = await findRun(call);
  const cancelling = await call.core.runs.get(id)?.cancel() ?? await cancelStored(call, id);
  if (cancelling !== undefined) return runAnswer(cancelling);
  const { status } = await findRun(call);
  throw invalid(`Cannot cancel run with status '${status}'.`);
}

/** The run as it is being cancelled; undefined where that is too late. */
async function cancelStored({ core, caller }: Call, runId: string): Promise<Run | undefined> {
  let cancelling: Run | undefined;
  await moveStored(core, caller.tenant, runId, (state) => {
    cancelling = isCancellable(state.run) ? { ...state.run, status: "cancelling" } : undefined;
    if (cancelling === undefined) return undefined;
    // Who works on the run hears of it with the next beat of the heart.
    if (isWorkedOn(state, core.clock.now())) return { run: cancelling };
    return ending(state, { status: "cancelled" }, unixSeconds(core.clock));
  });
  return cancelling;
}

function isWorkedOn({ lease }: RunState, nowMs: number): boolean {
  return lease !== null && lease.until > nowMs;
}
