/**
 * The runs that this process has in hand: those that it works on, those that wait for a place to be
 * worked on, and those that wait for their clients.
 */

import { getLogger } from "@logtape/logtape";
import type OpenAI from "openai";
import type { Lease, Run, TenantStore } from "../../store/mod.ts";
import { type Release, Slots } from "../../shared/slots.ts";
import { metrics, observeRun } from "../../telemetry/mod.ts";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import type { RunEvent, RunEvents } from "../objects/events.ts";
import { execute, type TurnOptions } from "../turn/execute.ts";
import { Heartbeat } from "./heartbeat.ts";
import { RunSession } from "./session.ts";
import { expiring } from "../objects/transitions.ts";
import { commitUnowned } from "./commit_unowned.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** What to work on, and with what. */
export interface Job {
  store: TenantStore;
  /** Of the upstream that the client is for. */
  upstreamId: string;
  /** As it is stored, with this process's lease. */
  run: Run;
  client: OpenAI;
  /** What has become of the run that nobody has been told yet. */
  news: RunEvent[];
  /** Where to work on it; unless told, the run waits in its tenant's line for one. */
  place?: Release;
}

/** How many runs may be worked on at once. */
export interface RunLimits {
  maxRuns: number;
  maxRunsPerTenant: number;
}

export interface RunSupervisorOptions {
  clock: Clock;
  events: RunEvents;
  /** None unless told. */
  limits?: RunLimits;
}

export class RunSupervisor {
  readonly #clock: Clock;
  readonly #events: RunEvents;
  /** This process among those on the same database. */
  readonly #owner = crypto.randomUUID();
  readonly #runs = new Map<string, RunSession>();
  readonly #places: Slots;
  /** Those that wait for a place. */
  readonly #inLine = new Set<RunSession>();
  readonly #work = new Set<Promise<void>>();
  /** What calls off the expiry of the runs that wait for their clients. */
  readonly #waiting = new Map<string, () => void>();
  readonly #heartbeat: Heartbeat;
  #closed = false;

  constructor({ clock, events, limits }: RunSupervisorOptions) {
    this.#clock = clock;
    this.#events = events;
    this.#places = new Slots(limits?.maxRuns ?? Infinity, { perTenant: limits?.maxRunsPerTenant });
    this.#heartbeat = new Heartbeat({
      clock,
      owner: this.#owner,
      runs: () => this.#runs.values(),
      isWaiting: (live) => this.#inLine.has(live),
    });
  }

  get(runId: string): RunSession | undefined {
    return this.#runs.get(runId);
  }

  /** A lease for this process, from now on. */
  lease(upstream: string): Lease {
    return { owner: this.#owner, until: this.#heartbeat.until, upstream };
  }

  /** A place to work on another run of this tenant, if there is one and nobody waits for it. */
  place(tenant: string): Release | undefined {
    return this.#places.tryTake(tenant);
  }

  /** Takes up a run; its news are told before this returns. */
  start({ store, upstreamId, run, client, news, place }: Job): void {
    const clock = this.#clock;
    const observed = observeRun(run, store.tenant);
    const live = new RunSession({
      store,
      clock,
      events: this.#events,
      upstreamId,
      owner: this.#owner,
      run,
      onEnd: (last, error) => {
        observed.end(last);
        this.#onEnd(live, last, error);
      },
    });
    this.#waiting.get(run.id)?.();
    this.#runs.set(run.id, live);
    live.announce(news);
    if (this.#closed) void live.release();
    else this.#heartbeat.start();
    const work = observed.within(() => this.#workOn(live, { store, clock, client }, place))
      .finally(() => this.#work.delete(work));
    this.#work.add(work);
  }

  /** Gives up the run of a thread that is gone. */
  async abandon(tenant: string, threadId: string): Promise<void> {
    for (const live of this.#runs.values()) {
      if (live.tenant === tenant && live.run.thread_id === threadId) {
        await live.interrupt({ status: "cancelled" });
      }
    }
  }

  /** Leaves all runs to other processes; those that are started later are left at once. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#heartbeat.stop();
    for (const live of this.#runs.values()) void live.release();
    await Promise.all(this.#work);
    for (const callOff of this.#waiting.values()) callOff();
  }

  async #workOn(
    live: RunSession,
    work: TurnOptions,
    place = this.place(live.tenant),
  ): Promise<void> {
    const leave = place ?? await this.#waitInLine(live);
    if (leave === undefined) return await live.ended;
    try {
      await execute(live, work);
    } finally {
      leave();
    }
  }

  /** The place of a run when it is its turn; undefined where that does not come any more. */
  async #waitInLine(live: RunSession): Promise<Release | undefined> {
    this.#inLine.add(live);
    metrics.waitingRuns.add(1);
    let leave: Release;
    try {
      leave = await this.#places.take(live.signal, live.tenant);
    } catch {
      // It has ended, or is another process's.
      return undefined;
    } finally {
      this.#inLine.delete(live);
      metrics.waitingRuns.add(-1);
    }
    if (await live.claim(this.#heartbeat.until)) return leave;
    leave();
    return undefined;
  }

  #onEnd(live: RunSession, last: Run | undefined, error: unknown): void {
    const { id } = live.run;
    this.#runs.delete(id);
    if (last?.status === "requires_action") this.#await(live.store, last);
    if (error !== undefined) log.error("The end of run {run} was not stored.", { run: id, error });
  }

  /** Nobody works on a run that waits for its client, and still it expires. */
  #await(store: TenantStore, { id, expires_at }: Run): void {
    const leftMs = (expires_at ?? 0) * 1000 - this.#clock.now();
    const callOff = this.#clock.after(leftMs, () => {
      forget();
      const now = unixSeconds(this.#clock);
      commitUnowned(store, id, (state) => expiring(state, now)).catch((error) => {
        log.error("The expiry of run {run} was not stored.", { run: id, error });
      });
    });
    const forget = () => {
      callOff();
      this.#waiting.delete(id);
    };
    this.#waiting.set(id, forget);
  }
}
