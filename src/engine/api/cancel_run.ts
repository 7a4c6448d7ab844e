/** Cancels runs of this process and of others. */

import type { Run, RunState } from "../../store/mod.ts";
import type { Call, OperationResult } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { conflict } from "../objects/errors.ts";
import { runResponse } from "./run_response.ts";
import { isCancellable } from "../runs/session.ts";
import { ending } from "../objects/transitions.ts";
import { commitUnowned } from "../runs/commit_unowned.ts";
import { findRun } from "./runs.ts";

/** `POST /threads/{id}/runs/{id}/cancel`. */
export async function cancelRun(call: Call): Promise<OperationResult> {
  const { id } = await findRun(call);
  const cancelling = await call.core.runs.get(id)?.cancel() ?? await cancelUnowned(call, id);
  if (cancelling !== undefined) return runResponse(cancelling);
  const { status } = await findRun(call);
  throw conflict(`Cannot cancel run with status '${status}'.`, "run_status_mismatch");
}

/** Cancels a run without a session in this process. Returns it in `cancelling`; undefined if it has ended. */
async function cancelUnowned({ core, store }: Call, runId: string): Promise<Run | undefined> {
  let cancelling: Run | undefined;
  await commitUnowned(store, runId, (state) => {
    cancelling = isCancellable(state.run) ? { ...state.run, status: "cancelling" } : undefined;
    if (cancelling === undefined) return undefined;
    // The process that owns the run notices with its next heartbeat.
    if (hasLiveLease(state, core.clock.now())) return { run: cancelling };
    return ending(state, { status: "cancelled" }, unixSeconds(core.clock));
  });
  return cancelling;
}

function hasLiveLease({ lease }: RunState, nowMs: number): boolean {
  return lease !== null && lease.expiresAtMs > nowMs;
}
