/** One request on its way through the engine, and what comes of it. */

import type { Store } from "../store/mod.ts";
import type { Clock } from "./clock.ts";
import type { RunEvents } from "./events.ts";
import type { Caller, EngineRequest } from "./mod.ts";
import type { LiveRuns } from "./run/live_runs.ts";

/** What all requests to one engine share. */
export interface Core {
  readonly store: Store;
  readonly clock: Clock;
  /** The events of the runs of this process. */
  readonly events: RunEvents;
  /** The runs that this process is working on. */
  readonly runs: LiveRuns;
  /** Aborted when the engine closes. */
  readonly closing: AbortSignal;
}

/** The ids of a path; those that its operation does not have are empty. */
export interface Params {
  assistant_id: string;
  thread_id: string;
  message_id: string;
  run_id: string;
  step_id: string;
}

export interface Call {
  readonly core: Core;
  readonly caller: Caller;
  readonly request: EngineRequest;
  readonly params: Params;
  /** The query without its question mark. */
  readonly query: string;
}

/** A JSON body, or a stream of server-sent events. */
export type Answer =
  | { body: object; headers?: Record<string, string> }
  | { events: ReadableStream<Uint8Array> };

export type Operation = (call: Call) => Promise<Answer>;
