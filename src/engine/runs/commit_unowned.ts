/** A run that this process does not work on: what is stored of it is moved on, and its end is counted. */

import type { Run, RunChange, RunState, RunStore } from "../../store/mod.ts";
import { metrics } from "../../telemetry/mod.ts";
import { isActive } from "../objects/transitions.ts";

/** Returns the run as it then is; undefined when it is gone. */
export async function commitUnowned(
  store: RunStore,
  runId: string,
  change: (state: RunState) => RunChange | undefined,
): Promise<Run | undefined> {
  let made: RunChange | undefined;
  const run = await store.commitRun(runId, (state) => made = change(state));
  countEnd(made);
  return run;
}

/** Counts a run that a change, which is stored by now, has ended. */
export function countEnd(change: RunChange | undefined): void {
  const run = change?.run;
  if (run !== undefined && !isActive(run)) metrics.runs.add(1, run.status);
}
