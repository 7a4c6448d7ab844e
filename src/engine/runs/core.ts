/** The state that all requests and runs of an engine share. */

import type { Clock } from "../../shared/clock.ts";
import type { EventStreams } from "../../shared/event_streams.ts";
import type { Store } from "../../store/mod.ts";
import type { RunEvents } from "../objects/events.ts";
import type { RunSupervisor } from "./supervisor.ts";

/** The shared state of an engine. */
export interface Core {
  readonly store: Store;
  readonly clock: Clock;
  /** The events of the runs of this process. */
  readonly events: RunEvents;
  /** The runs that this process executes. */
  readonly runs: RunSupervisor;
  /** The open responses that stream the events of runs. */
  readonly streams: EventStreams;
  /** Aborted when the engine closes. */
  readonly closing: AbortSignal;
}
