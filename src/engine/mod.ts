/** The Assistants API v2 in this process: a handler that speaks OpenAI's published contract over a store and a model. */

import { getLogger } from "@logtape/logtape";
import type OpenAI from "openai";
import { ApiError } from "../errors.ts";
import type { Store } from "../store/mod.ts";
import type { Core } from "./call.ts";
import { type Clock, systemClock } from "./clock.ts";
import { RunEvents } from "./events.ts";
import { respond, respondError, serverError } from "./http.ts";
import { newId } from "./ids.ts";
import { route } from "./router.ts";
import { LiveRuns } from "./run/live_runs.ts";
import { shuttingDown } from "./stream.ts";

export type { Clock } from "./clock.ts";

/** Whose objects a request may touch, and who answers for the model. */
export interface Caller {
  tenant: string;
  /**
   * The client of the upstream that has `POST /responses`. It retries, waits in line and keeps
   * deadlines by itself.
   *
   * @throws {ApiError} when the caller has no key for it
   */
  upstream(): Promise<OpenAI>;
}

/** What the engine reads of a request: a `Request` has it, and a caller in this process makes it for less. */
export type EngineRequest = Pick<Request, "method" | "url" | "headers" | "signal" | "text">;

export interface Engine {
  /** Answers one request of the Assistants API; the path is looked at from `/assistants` or `/threads` on. */
  fetch(request: EngineRequest, caller: Caller): Promise<Response>;
  /** Ends the runs of this process as interrupted. */
  close(): Promise<void>;
}

export interface EngineOptions {
  store: Store;
  /** The machine's own unless told. */
  clock?: Clock;
}

const log = getLogger(["assistants-mcp", "engine"]);

export function createEngine({ store, clock = systemClock }: EngineOptions): Engine {
  const events = new RunEvents();
  const runs = new LiveRuns(store, clock, events);
  const closing = new AbortController();
  const core: Core = { store, clock, events, runs, closing: closing.signal };
  return {
    fetch: (request, caller) => answer(core, request, caller),
    async close() {
      await runs.close();
      closing.abort();
    },
  };
}

async function answer(core: Core, request: EngineRequest, caller: Caller): Promise<Response> {
  const startedMs = performance.now();
  const requestId = newId("req");
  try {
    if (core.closing.aborted) throw shuttingDown();
    const { operation, params, query } = route(request.method, request.url);
    return respond(
      await operation({ core, caller, request, params, query }),
      requestId,
      startedMs,
    );
  } catch (error) {
    if (error instanceof ApiError) return respondError(error, requestId, startedMs);
    log.error("The engine failed on request {requestId}.", { requestId, error });
    return respondError(serverError(error), requestId, startedMs);
  }
}
