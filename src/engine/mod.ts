/** The Assistants API v2: a request handler that implements OpenAI's published contract on a store and an upstream. */

import { getLogger } from "@logtape/logtape";
import { ApiError } from "../shared/errors.ts";
import type { Store } from "../store/mod.ts";
import { requestScope } from "../telemetry/mod.ts";
import type { EngineRequest, OperationResult } from "./api/call.ts";
import type { Caller } from "./objects/caller.ts";
import type { Core } from "./runs/core.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { EventStreams } from "../shared/event_streams.ts";
import { RunEvents } from "./objects/events.ts";
import { fileOperation, type FileRequest, keepFile, type NewFile } from "./api/files.ts";
import { respond, respondError, serverError } from "./api/http.ts";
import { newId } from "../shared/ids.ts";
import { fileRoute, route } from "./api/router.ts";
import { Retention } from "./runs/retention.ts";
import { type RunLimits, RunSupervisor } from "./runs/supervisor.ts";
import { shuttingDown } from "./api/event_stream.ts";
import { Sweeper } from "./runs/sweeper.ts";

export type { EngineRequest } from "./api/call.ts";
export type { Caller } from "./objects/caller.ts";
export type { Clock } from "../shared/clock.ts";
export type { RunLimits } from "./runs/supervisor.ts";

/** The engine, which serves all tenants. */
export interface Engine {
  /**
   * Handles a request of the Assistants API. The path is matched from `/assistants` or `/threads` on.
   *
   * Beyond the contract there are `GET /threads`, `GET /threads/search`,
   * `POST /threads/{id}/messages/batch`, list filters, `?stream=true` on `GET` of a run, and the
   * `Idempotency-Key` header on `POST /assistants`.
   */
  fetch(request: EngineRequest, caller: Caller): Promise<Response>;
  /** Handles a request of the Files API for a stored file; returns undefined for any other file. */
  fetchFile(request: FileRequest, caller: Caller): Promise<Response | undefined>;
  /** Stores a file for a tenant for 30 days, and returns its id in the Files API. */
  keepFile(tenant: string, file: NewFile): Promise<string>;
  /**
   * Starts taking over runs that dead processes have left to this caller. `fetch` does this for its
   * callers too.
   */
  adopt(caller: Caller): void;
  /**
   * Stops the engine. Active runs are released to other processes with the same database and
   * upstream; they expire if no process takes them over.
   */
  close(): Promise<void>;
}

/** What an engine works with. */
export interface EngineOptions {
  store: Store;
  /** @default the system clock */
  clock?: Clock;
  /** How many runs are executed concurrently; further runs are queued. @default no limits */
  limits?: RunLimits;
  /** After how many unused days threads are deleted. @default never */
  retentionDays?: number;
}

const log = getLogger(["assistants-mcp", "engine"]);

/** Creates an engine. `store` stays the caller's to close. */
export function createEngine(
  { store, clock = systemClock, limits, retentionDays: days }: EngineOptions,
): Engine {
  const events = new RunEvents();
  const runs = new RunSupervisor({ clock, events, limits });
  const closing = new AbortController();
  const streams = new EventStreams({ clock });
  const core: Core = { store, clock, events, runs, streams, closing: closing.signal };
  const sweeper = new Sweeper(core);
  const retention = days === undefined ? undefined : new Retention({ store, clock, days });
  return {
    fetch(request, caller) {
      sweeper.adopt(caller);
      return answer(core, request, caller);
    },
    fetchFile: (request, caller) => answerFile(core, request, caller),
    keepFile: (tenant, file) => keepFile({ store: store.forTenant(tenant), clock }, file),
    adopt: (caller) => sweeper.adopt(caller),
    async close() {
      closing.abort();
      await sweeper.close();
      await retention?.close();
      await runs.close();
    },
  };
}

function answer(core: Core, request: EngineRequest, caller: Caller): Promise<Response> {
  return respondTo(async () => {
    if (core.closing.aborted) throw shuttingDown();
    const { operation, params, query } = route(request.method, request.url);
    const store = core.store.forTenant(caller.tenant);
    return await operation({ core, caller, store, request, params, query });
  });
}

async function answerFile(
  core: Core,
  request: FileRequest,
  caller: Caller,
): Promise<Response | undefined> {
  const match = fileRoute(request.url);
  if (match === undefined) return undefined;
  const store = core.store.forTenant(caller.tenant);
  const file = await store.getFile(match.id);
  if (file === undefined) return undefined;
  const { route } = match;
  return await respondTo(() =>
    fileOperation(store, caller, { method: request.method, route }, file)
  );
}

async function respondTo(work: () => Promise<OperationResult>): Promise<Response> {
  const startedMs = performance.now();
  const requestId = requestScope()?.requestId ?? newId("req");
  try {
    return respond(await work(), requestId, startedMs);
  } catch (error) {
    if (error instanceof ApiError) return respondError(error, requestId, startedMs);
    log.error("Request {requestId} failed.", { requestId, error });
    return respondError(serverError(error), requestId, startedMs);
  }
}
