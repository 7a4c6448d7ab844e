/** One request on its way through the engine, and what comes of it. */

import type OpenAI from "openai";
import type { Store } from "../store/mod.ts";
import type { Clock } from "../clock.ts";
import type { RunEvents } from "./events.ts";
import type { LiveRuns } from "./run/live_runs.ts";
import type { HostedToolType } from "./run/tools.ts";

/** Whose objects a request may touch, and who answers for the model. */
export interface Caller {
  tenant: string;
  /** Tells the upstream and the key for it from others, without being either. */
  upstreamId: string;
  /**
   * The client of the upstream that has `POST /responses`. It retries, waits in line and keeps
   * deadlines by itself.
   *
   * @throws {ApiError} when the caller has no key for it
   */
  upstream(): Promise<OpenAI>;
  /** The tools that the upstream runs by itself. */
  readonly hostedTools: readonly HostedToolType[];
}

/** What the engine reads of a request: a `Request` has it, and a caller in this process makes it for less. */
export type EngineRequest = Pick<Request, "method" | "url" | "headers" | "signal" | "text">;

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

/** A JSON body, the content of a file, or a stream of server-sent events. */
export type Answer =
  | { body: object; headers?: Record<string, string> }
  | { content: Uint8Array<ArrayBuffer>; filename: string }
  | { events: ReadableStream<Uint8Array> };

export type Operation = (call: Call) => Promise<Answer>;
