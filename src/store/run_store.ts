/** Runs of one tenant: their state, their items, and the leases of the processes that work on them. */

import type { Lease, PlacedStep, Run, RunChange, RunItem, RunState } from "./stored.ts";

/** Reads and changes the runs of one tenant. */
export interface RunStore {
  /**
   * Changes a run. `change` receives its current state and returns what to write, or undefined to
   * write nothing. Returns the run after the change, or undefined if it does not exist.
   */
  commitRun(
    runId: string,
    change: (state: RunState) => RunChange | undefined,
  ): Promise<Run | undefined>;

  /** Returns the items of a run, in the order in which they were added. */
  runItems(runId: string): Promise<RunItem[]>;

  /**
   * Returns the run steps of a thread that called tools, oldest first.
   *
   * @param from id of the message after which the steps began
   * @default from all steps of the thread
   */
  stepsWithCalls(threadId: string, from?: string): Promise<PlacedStep[]>;

  /** Renews the owner's leases. Returns the statuses of those runs only that the owner still has. */
  renewLeases(runIds: readonly string[], lease: Lease): Promise<Map<string, Run["status"]>>;

  /** Returns the active runs for an upstream whose leases expired at or before `nowMs`. */
  runsWithExpiredLease(upstream: string, nowMs: number): Promise<Run[]>;

  /**
   * Takes over a run whose lease expired at or before `nowMs`, and counts the attempt. `change`
   * receives the state that the previous owner stored, and returns what to write. Returns the run
   * after the change, or undefined if its lease cannot be acquired.
   */
  takeOverRun(
    runId: string,
    lease: Lease,
    nowMs: number,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined>;
}
