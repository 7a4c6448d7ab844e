/** Runs of one tenant: their state, their items, and the leases of the processes that execute them. */

import type { Message, Run, RunStep } from "./objects.ts";

/** Reads and changes the runs of one tenant. */
export interface RunStore {
  /**
   * Changes a run. `change` receives the current state and returns what to write, or undefined to
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
   * @param from id of a message; steps that started before it are left out
   * @default from all such steps
   */
  stepsWithCalls(threadId: string, from?: string): Promise<ThreadStep[]>;

  /** Renews the owner's leases. Returns the statuses of those runs only that the owner still holds. */
  renewLeases(runIds: readonly string[], lease: Lease): Promise<Map<string, Run["status"]>>;

  /** Returns the active runs for an upstream whose lease has expired by `nowMs`. */
  runsWithExpiredLease(upstream: string, nowMs: number): Promise<Run[]>;

  /**
   * Takes over a run whose lease has expired by `nowMs`, and counts the attempt. `change` receives
   * the state that the previous owner stored and returns what to write. Returns the run after the
   * change, or undefined if the lease cannot be acquired.
   */
  takeOverRun(
    runId: string,
    lease: Lease,
    nowMs: number,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined>;
}

/**
 * The exclusive right to execute a run; the process that holds it must renew it.
 *
 * A run that waits for its client, or has ended, has no lease.
 */
export interface Lease {
  /** The process that holds it. */
  owner: string;
  /** Unix milliseconds. */
  expiresAtMs: number;
  /** The fingerprint of the run's upstream; only a process with the same upstream may take it over. */
  upstream: string;
}

/** A run and those of its messages and steps that are in progress. */
export interface RunState {
  run: Run;
  messages: Message[];
  steps: RunStep[];
  /** `attempt` is 1, and 2 after the run was taken over. */
  lease: (Lease & { attempt: number }) | null;
}

/** Objects to insert or, if the id exists, to replace. */
export interface RunChange {
  run?: Run;
  messages?: Message[];
  steps?: RunStep[];
  /** Items to append. A run loses its items when it ends. */
  items?: RunItem[];
  /** The new lease, or null to give it up; `attempt` is 1 by default. Ignored when the run ends. */
  lease?: Lease & { attempt?: number } | null;
}

/** An output item of a response, or a tool output, as the same run sends it back to the upstream. */
export type RunItem = Record<string, unknown>;

/** A run step and its position among the messages of its thread. */
export interface ThreadStep {
  step: RunStep;
  /** Id of the last existing message before the step, or undefined if there is none. */
  after: string | undefined;
}
