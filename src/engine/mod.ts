/** The Assistants API v2 in this process: a handler that speaks OpenAI's published contract over a store and a model. */

import { getLogger } from "@logtape/logtape";
import { ApiError } from "../shared/errors.ts";
import type { Store } from "../store/mod.ts";
import { requestScope } from "../telemetry/mod.ts";
import type { Answer, EngineRequest } from "./api/call.ts";
import type { Caller } from "./objects/caller.ts";
import type { Core } from "./runs/core.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { RunEvents } from "./objects/events.ts";
import { fileOperation, type FileRequest, keepFile, type LooseFile } from "./api/files.ts";
import { respond, respondError, serverError } from "./api/http.ts";
import { newId } from "../shared/ids.ts";
import { fileIdOf, route } from "./api/router.ts";
import { Retention } from "./runs/retention.ts";
import { type RunLimits, RunSupervisor } from "./runs/supervisor.ts";
import { shuttingDown } from "./api/event_stream.ts";
import { Sweeper } from "./runs/sweeper.ts";

export type { EngineRequest } from "./api/call.ts";
export type { Caller } from "./objects/caller.ts";
export type { Clock } from "../shared/clock.ts";
export type { RunLimits } from "./runs/supervisor.ts";

export interface Engine {
  /**
   * Answers one request of the Assistants API; the path is looked at from `/assistants` or
   * `/threads` on. Beyond the contract there are `GET /threads`, which lists the tenant's threads,
   * `GET /threads/search`, `POST /threads/{id}/messages/batch` and the filters of lists;
   * `?stream=true` on `GET` of a run, which joins its events; and the header `Idempotency-Key` on
   * `POST /assistants`, which answers the assistant that the key has made before.
   */
  fetch(request: EngineRequest, caller: Caller): Promise<Response>;
  /**
   * Answers what is asked of a file that is kept here, by its path in the Files API: undefined for
   * any other.
   */
  fetchFile(request: FileRequest, caller: Caller): Promise<Response | undefined>;
  /** Keeps a file for a tenant for 30 days, and says by which id the Files API has it. */
  keepFile(tenant: string, file: LooseFile): Promise<string>;
  /**
   * Looks after the runs of a caller that a process which is gone has left, from now on: every
   * caller of a request is looked after in this way.
   */
  adopt(caller: Caller): void;
  /**
   * Stops working. What is under way is left to the next process with the same database and
   * upstream, and expires when there is none in time.
   */
  close(): Promise<void>;
}

export interface EngineOptions {
  store: Store;
  /** The machine's own unless told. */
  clock?: Clock;
  /** How many runs may be worked on at once; the others wait. As many as there are unless told. */
  limits?: RunLimits;
  /** After how many days threads that nobody uses are removed; never unless told. */
  retentionDays?: number;
}

const log = getLogger(["assistants-mcp", "engine"]);

export function createEngine(
  { store, clock = systemClock, limits, retentionDays: days }: EngineOptions,
): Engine {
  const events = new RunEvents();
  const runs = new RunSupervisor({ clock, events, limits });
  const closing = new AbortController();
  const core: Core = { store, clock, events, runs, closing: closing.signal };
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
  const id = fileIdOf(request.url);
  if (id === undefined) return undefined;
  const store = core.store.forTenant(caller.tenant);
  const file = await store.getFile(id);
  if (file === undefined) return undefined;
  return await respondTo(() => fileOperation(store, caller, request, file));
}

async function respondTo(work: () => Promise<Answer>): Promise<Response> {
  const startedMs = performance.now();
  const requestId = requestScope()?.requestId ?? newId("req");
  try {
    return respond(await work(), requestId, startedMs);
  } catch (error) {
    if (error instanceof ApiError) return respondError(error, requestId, startedMs);
    log.error("The engine failed on request {requestId}.", { requestId, error });
    return respondError(serverError(error), requestId, startedMs);
  }
}
