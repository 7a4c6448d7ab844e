/** Cancelling a run, whoever works on it. */

import type { Run, RunState } from "../../store/mod.ts";
import type { Answer, Call } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { invalid } from "../objects/errors.ts";
import { runResponse } from "./run_response.ts";
import { isCancellable } from "../runs/session.ts";
import { ending } from "../objects/transitions.ts";
import { commitUnowned } from "../runs/commit_unowned.ts";
import { findRun } from "./runs.ts";

export async function cancelRun(call: Call): Promise<Answer> {
  const { id } = await findRun(call);
  const cancelling = await call.core.runs.get(id)?.cancel() ?? await cancelStored(call, id);
  if (cancelling !== undefined) return runResponse(cancelling);
  const { status } = await findRun(call);
  throw invalid(`Cannot cancel run with status '${status}'.`);
}

/** The run as it is being cancelled; undefined where that is too late. */
async function cancelStored({ core, store }: Call, runId: string): Promise<Run | undefined> {
  let cancelling: Run | undefined;
  await commitUnowned(store, runId, (state) => {
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
