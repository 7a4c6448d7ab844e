/** A request to the engine, and the result of its operation. */

import type { Caller } from "../objects/caller.ts";
import type { TenantStore } from "../../store/mod.ts";
import type { Core } from "../runs/core.ts";

/** The part of a `Request` that the engine reads. Callers in this process create it cheaply. */
export type EngineRequest = Pick<Request, "method" | "url" | "headers" | "signal" | "text">;

/** The ids in the path; empty if the operation has none of that kind. */
export interface Params {
  assistant_id: string;
  thread_id: string;
  message_id: string;
  run_id: string;
  step_id: string;
}

/** A request with everything that its operation needs. */
export interface Call {
  readonly core: Core;
  readonly caller: Caller;
  /** The store of the caller's tenant. */
  readonly store: TenantStore;
  readonly request: EngineRequest;
  readonly params: Params;
  /** The query string without its question mark. */
  readonly query: string;
}

/** The result of an operation: a JSON body, the content of a file, or a stream of server-sent events. */
export type OperationResult =
  | { body: object; headers?: Record<string, string> }
  | { content: Uint8Array<ArrayBuffer>; filename: string }
  | { events: ReadableStream<Uint8Array> };

export type Operation = (call: Call) => Promise<OperationResult>;
