/** One request on its way through the engine, and what comes of it. */

import type { Caller } from "../objects/caller.ts";
import type { TenantStore } from "../../store/mod.ts";
import type { Core } from "../runs/core.ts";

/** What the engine reads of a request: a `Request` has it, and a caller in this process makes it for less. */
export type EngineRequest = Pick<Request, "method" | "url" | "headers" | "signal" | "text">;

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
  /** The store of the caller's tenant. */
  readonly store: TenantStore;
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
