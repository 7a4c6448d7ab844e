/** Changes runs that this process does not hold the lease of. */

import type { Run, RunChange, RunState, RunStore } from "../../store/mod.ts";
import { metrics } from "../../telemetry/mod.ts";
import { isActive } from "../objects/transitions.ts";

/** Commits a change and counts the run if it ends. Returns the stored run; undefined if it was deleted. */
export async function commitUnowned(
  store: RunStore,
  runId: string,
  change: (state: RunState) => RunChange | undefined,
): Promise<Run | undefined> {
  let applied: RunChange | undefined;
  const run = await store.commitRun(runId, (state) => applied = change(state));
  countEnd(applied);
  return run;
}

/** Counts the run in the metrics if a committed change has ended it. */
export function countEnd(change: RunChange | undefined): void {
  const run = change?.run;
  if (run !== undefined && !isActive(run)) metrics.runs.add(1, run.status);
}
