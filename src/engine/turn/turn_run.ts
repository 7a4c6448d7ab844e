/** The run that a turn works on. */

import type { Run, RunItem } from "../../store/mod.ts";
import type { Outcome, Usage } from "../objects/transitions.ts";
import type { Writer } from "./writer/mod.ts";

/** An active run that accepts the output of a turn. */
export interface TurnRun {
  readonly run: Run;
  readonly tenant: string;
  /** The fingerprint of the upstream and key that the run uses. */
  readonly upstreamId: string;
  readonly writer: Writer;
  /** Aborted when the run no longer needs the upstream. */
  readonly signal: AbortSignal;
  /** Whether the run accepts no more changes. */
  readonly isClosed: boolean;
  /** Resolves once the run's last change is stored and emitted. */
  readonly ended: Promise<void>;
  /** Moves the run from `queued` to `in_progress`. */
  begin(): Promise<void>;
  /** Ends the run, unless it has already ended. */
  end(outcome: Outcome, usage?: Usage | null): Promise<void>;
  /** Leaves the run in `requires_action`, with the raw output `items` of the response stored. */
  requireAction(items: RunItem[], usage: Usage | null): Promise<void>;
  /** Aborts the request to the upstream. */
  abortUpstream(): void;
}
