/**
 * Runs the jobs of this process and stores their outcomes for an hour.
 *
 * The process writes each job in progress again every two seconds, each time with a later expiry. A
 * job whose expiry stops advancing has lost its process and reads as failed, so nothing has to be
 * cleaned up.
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, sleep, systemClock, unixSeconds, withTimeout } from "../shared/clock.ts";
import { ApiError } from "../shared/errors.ts";
import { newId } from "../shared/ids.ts";
import type { Job, Store, TenantStore } from "../store/mod.ts";
import { rejectOnAbort } from "./_abort.ts";
import { processEnded, serverStopped } from "./_errors.ts";
import type { JobCall, Outcome, TenantJobs } from "./types.ts";

/** Options of `Jobs`. */
export interface JobsOptions {
  store: Pick<Store, "forTenant">;
  /** Returns the error to show for anything that work throws. */
  explain(error: unknown): ApiError;
  /** @default the system clock */
  clock?: Clock;
}

/** How long a job is kept after its end. */
const LIFETIME_S = 3600;

const HEARTBEAT_MS = 2000;

/** Time without a heartbeat after which a job's process counts as dead. */
const HEARTBEAT_TIMEOUT_S = 6;

/** How often `get()` reads the job of another process. */
const POLL_MS = 500;

/** A job that this process works on. */
interface RunningJob {
  store: TenantStore;
  job: Job;
  abort: AbortController;
  /** Resolves to the job after its end; never rejects. */
  ended: Promise<Job>;
}

const log = getLogger(["assistants-mcp", "jobs"]);

/** The jobs of all tenants in this process. */
export class Jobs {
  readonly #store: JobsOptions["store"];
  readonly #explain: (error: unknown) => ApiError;
  readonly #clock: Clock;
  readonly #running = new Map<string, RunningJob>();
  #cancelHeartbeat: (() => void) | undefined;
  #closed = false;

  constructor({ store, explain, clock = systemClock }: JobsOptions) {
    this.#store = store;
    this.#explain = explain;
    this.#clock = clock;
  }

  /** Returns the jobs of one tenant. */
  of(tenant: string): TenantJobs {
    const store = this.#store.forTenant(tenant);
    return {
      run: (call, work) => this.#run(store, call, work),
      get: (id, waitMs, signal) => this.#get(store, id, waitMs, signal),
    };
  }

  /** Ends the jobs of this process as failed. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort(serverStopped());
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #run<T extends object>(
    store: TenantStore,
    { tool, waitMs, signal }: JobCall,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    signal.throwIfAborted();
    const abort = new AbortController();
    const forwardAbort = () => abort.abort(signal.reason);
    signal.addEventListener("abort", forwardAbort);
    try {
      const working = work(abort.signal);
      const result = await withTimeout(waitMs, working, this.#clock);
      if (result !== undefined) return { result };
      signal.throwIfAborted();
      return { job: await this.#create(store, tool, working, abort) };
    } finally {
      signal.removeEventListener("abort", forwardAbort);
    }
  }

  /** Creates a job for work that has already started. */
  async #create(
    store: TenantStore,
    tool: string,
    working: Promise<object>,
    abort: AbortController,
  ): Promise<Job> {
    if (this.#closed) abort.abort(serverStopped());
    abort.signal.throwIfAborted();
    const job: Job = {
      id: newId("job"),
      tool,
      status: "in_progress",
      result: null,
      error: null,
      expires_at: this.#expiresAtS(),
    };
    const written = this.#put(store, job);
    const ended = this.#finish(store, job, Promise.race([working, rejectOnAbort(abort.signal)]));
    this.#running.set(job.id, { store, job, abort, ended });
    this.#startHeartbeat();
    try {
      await written;
    } catch (error) {
      abort.abort(error);
      throw error;
    }
    return job;
  }

  /** Stores the outcome of a job when its work settles. */
  async #finish(store: TenantStore, job: Job, working: Promise<object>): Promise<Job> {
    const outcome = await working.then(
      (result): Partial<Job> => ({ status: "completed", result }),
      (error): Partial<Job> => ({ status: "failed", error: this.#errorBody(error) }),
    );
    const ended = { ...job, ...outcome, expires_at: this.#expiresAtS() };
    try {
      await this.#put(store, ended);
    } catch (error) {
      log.error("Cannot store the outcome of job {id}.", { id: job.id, error });
    }
    this.#running.delete(job.id);
    if (this.#running.size === 0) {
      this.#cancelHeartbeat?.();
      this.#cancelHeartbeat = undefined;
    }
    return ended;
  }

  /** Extends the expiry of the running jobs at regular intervals, until there are none. */
  #startHeartbeat(): void {
    this.#cancelHeartbeat ??= this.#clock.after(HEARTBEAT_MS, () => {
      for (const { store, job } of this.#running.values()) {
        this.#put(store, this.#extended(job)).catch((error) =>
          log.warning("Cannot extend the expiry of job {id}.", { id: job.id, error })
        );
      }
      this.#cancelHeartbeat = undefined;
      this.#startHeartbeat();
    });
  }

  async #get(store: TenantStore, id: string, waitMs: number, signal: AbortSignal): Promise<Job> {
    const running = this.#running.get(id);
    if (running?.store.tenant === store.tenant) {
      const ended = Promise.race([running.ended, rejectOnAbort(signal)]);
      return await withTimeout(waitMs, ended, this.#clock) ?? this.#extended(running.job);
    }
    const deadlineMs = this.#clock.now() + waitMs;
    for (;;) {
      signal.throwIfAborted();
      const job = await this.#read(store, id);
      const leftMs = deadlineMs - this.#clock.now();
      if (job.status !== "in_progress" || leftMs <= 0) return job;
      await sleep(Math.min(POLL_MS, leftMs), signal, this.#clock);
    }
  }

  async #read(store: TenantStore, id: string): Promise<Job> {
    const nowS = unixSeconds(this.#clock);
    const job = await store.getJob(id, nowS);
    if (job === undefined) {
      throw new ApiError(`No job found with id '${id}'.`, { status: 404, hint: "unknown_job" });
    }
    const isDead = job.status === "in_progress" &&
      job.expires_at < nowS + LIFETIME_S - HEARTBEAT_TIMEOUT_S;
    return isDead ? { ...job, status: "failed", error: this.#errorBody(processEnded()) } : job;
  }

  #put(store: TenantStore, job: Job): Promise<void> {
    return store.putJob(job, unixSeconds(this.#clock));
  }

  #extended(job: Job): Job {
    return { ...job, expires_at: this.#expiresAtS() };
  }

  #expiresAtS(): number {
    return unixSeconds(this.#clock) + LIFETIME_S;
  }

  #errorBody(error: unknown): object {
    const { message, type, param, code, status, requestId } = this.#explain(error);
    return { message, type, param, code, status, request_id: requestId ?? null };
  }
}
