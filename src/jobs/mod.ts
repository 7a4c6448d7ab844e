/**
 * Work that outlives its call: a call answers within its time, and what is not done by then goes
 * on as a job, whose outcome is kept for an hour for its tenant.
 *
 * A job in progress is written again every two seconds, each time with a later expiry. One whose
 * expiry stands still has lost its process: it reads as failed, and nothing has to be cleaned up.
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock, unixSeconds } from "../shared/clock.ts";
import { ApiError } from "../shared/errors.ts";
import { newId } from "../shared/ids.ts";
import type { Job, Store, TenantStore } from "../store/mod.ts";
import { aborted, within } from "./_wait.ts";

export type { Job } from "../store/mod.ts";

/** A tool call whose work may become a job. */
export interface JobCall {
  tool: string;
  /** After how many seconds the work goes on as a job; 0: at once. */
  seconds: number;
  /** Stops the work, as long as it is no job. */
  signal: AbortSignal;
}

/** What work comes to within the time of its call. */
export type Outcome<T> = { result: T } | { job: Job };

/** The jobs of one tenant. */
export interface TenantJobs {
  /**
   * Does the work of a call. Its signal is aborted when the call is, or at the end of the process.
   *
   * @throws what the work throws within the time of the call
   */
  run<T extends object>(
    call: JobCall,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>>;
  /**
   * The job as it is when it has ended, or after so many seconds.
   *
   * @throws {ApiError} 404 for one that the tenant does not have
   */
  get(id: string, seconds: number, signal: AbortSignal): Promise<Job>;
}

export interface JobsOptions {
  store: Store;
  /** The error to show for anything that work throws. */
  explain(error: unknown): ApiError;
  /** The machine's own unless told. */
  clock?: Clock;
}

/** How long an outcome is kept. */
const KEEP_S = 3600;

const BEAT_MS = 2000;

/** How long a job goes without a beat before its process counts as gone. */
const LAPSE_S = 6;

/** How often a job is looked at that another process works on. */
const POLL_S = 0.5;

/** A job that this process works on. */
interface LiveJob {
  store: TenantStore;
  job: Job;
  stop: AbortController;
  /** The job as it has ended; never rejects. */
  ended: Promise<Job>;
}

const logger = getLogger(["assistants-mcp", "jobs"]);

export class Jobs {
  readonly #store: Store;
  readonly #explain: (error: unknown) => ApiError;
  readonly #clock: Clock;
  readonly #live = new Map<string, LiveJob>();
  #stopBeat: (() => void) | undefined;
  #closed = false;

  constructor({ store, explain, clock = systemClock }: JobsOptions) {
    this.#store = store;
    this.#explain = explain;
    this.#clock = clock;
  }

  of(tenant: string): TenantJobs {
    const store = this.#store.forTenant(tenant);
    return {
      run: (call, work) => this.#run(store, call, work),
      get: (id, seconds, signal) => this.#get(store, id, seconds, signal),
    };
  }

  /** Ends the jobs of this process as failed. */
  async close(): Promise<void> {
    this.#closed = true;
    const live = [...this.#live.values()];
    for (const { stop } of live) stop.abort(shuttingDown());
    await Promise.all(live.map(({ ended }) => ended));
  }

  async #run<T extends object>(
    store: TenantStore,
    { tool, seconds, signal }: JobCall,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    signal.throwIfAborted();
    const stop = new AbortController();
    const follow = () => stop.abort(signal.reason);
    signal.addEventListener("abort", follow);
    try {
      const working = work(stop.signal);
      const result = await within(this.#clock, seconds, working);
      if (result !== undefined) return { result };
      signal.throwIfAborted();
      return { job: await this.#keep(store, tool, working, stop) };
    } finally {
      signal.removeEventListener("abort", follow);
    }
  }

  /** Makes a job of work that is under way. */
  async #keep(
    store: TenantStore,
    tool: string,
    working: Promise<object>,
    stop: AbortController,
  ): Promise<Job> {
    if (this.#closed) stop.abort(shuttingDown());
    stop.signal.throwIfAborted();
    const job: Job = {
      id: newId("job"),
      tool,
      status: "in_progress",
      result: null,
      error: null,
      expires_at: this.#expiry(),
    };
    const written = this.#put(store, job);
    const ended = this.#end(store, job, Promise.race([working, aborted(stop.signal)]));
    this.#live.set(job.id, { store, job, stop, ended });
    this.#beat();
    try {
      await written;
    } catch (error) {
      stop.abort(error);
      throw error;
    }
    return job;
  }

  async #end(store: TenantStore, job: Job, working: Promise<object>): Promise<Job> {
    const outcome = await working.then(
      (result): Partial<Job> => ({ status: "completed", result }),
      (error): Partial<Job> => ({ status: "failed", error: this.#errorBody(error) }),
    );
    const ended = { ...job, ...outcome, expires_at: this.#expiry() };
    try {
      await this.#put(store, ended);
    } catch (error) {
      logger.error("The outcome of job {id} is lost.", { id: job.id, error });
    }
    this.#live.delete(job.id);
    if (this.#live.size === 0) {
      this.#stopBeat?.();
      this.#stopBeat = undefined;
    }
    return ended;
  }

  /** Keeps the jobs of this process from reading as failed. */
  #beat(): void {
    this.#stopBeat ??= this.#clock.after(BEAT_MS, () => {
      for (const { store, job } of this.#live.values()) {
        this.#put(store, this.#now(job)).catch((error) =>
          logger.warning("Job {id} cannot be kept alive.", { id: job.id, error })
        );
      }
      this.#stopBeat = undefined;
      this.#beat();
    });
  }

  async #get(store: TenantStore, id: string, seconds: number, signal: AbortSignal): Promise<Job> {
    const gone = aborted(signal);
    const live = this.#live.get(id);
    if (live?.store.tenant === store.tenant) {
      const ended = Promise.race([live.ended, gone]);
      return await within(this.#clock, seconds, ended) ?? this.#now(live.job);
    }
    const endsAt = this.#clock.now() + seconds * 1000;
    for (;;) {
      signal.throwIfAborted();
      const job = await this.#stored(store, id);
      const leftS = (endsAt - this.#clock.now()) / 1000;
      if (job.status !== "in_progress" || leftS <= 0) return job;
      await within(this.#clock, Math.min(POLL_S, leftS), gone);
    }
  }

  async #stored(store: TenantStore, id: string): Promise<Job> {
    const now = unixSeconds(this.#clock);
    const job = await store.getJob(id, now);
    if (job === undefined) throw new ApiError(`No job found with id '${id}'.`, { status: 404 });
    const isGone = job.status === "in_progress" && job.expires_at < now + KEEP_S - LAPSE_S;
    return isGone ? { ...job, status: "failed", error: this.#errorBody(processGone()) } : job;
  }

  #put(store: TenantStore, job: Job): Promise<void> {
    return store.putJob(job, unixSeconds(this.#clock));
  }

  #now(job: Job): Job {
    return { ...job, expires_at: this.#expiry() };
  }

  #expiry(): number {
    return unixSeconds(this.#clock) + KEEP_S;
  }

  #errorBody(error: unknown): object {
    const { message, type, param, code, status, requestId } = this.#explain(error);
    return { message, type, param, code, status, request_id: requestId ?? null };
  }
}

function shuttingDown(): ApiError {
  return new ApiError("The server was stopped before the job was done. Make the call again.", {
    status: 503,
    type: "server_error",
    code: "interrupted",
  });
}

function processGone(): ApiError {
  return new ApiError("The process that worked on the job has ended. Make the call again.", {
    status: 500,
    type: "server_error",
    code: "interrupted",
  });
}
