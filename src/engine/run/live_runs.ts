/** The runs that this process is working on, and those that wait for the clients here. */

import { getLogger } from "@logtape/logtape";
import type OpenAI from "openai";
import type { Lease, Run, Store } from "../../store/mod.ts";
import { observeRun } from "../../telemetry/mod.ts";
import { type Clock, unixSeconds } from "../../clock.ts";
import type { RunEvent, RunEvents } from "../events.ts";
import { execute } from "./execute.ts";
import { Heartbeat } from "./heartbeat.ts";
import { LiveRun } from "./live_run.ts";
import { expiring } from "./outcome.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** What to work on, and with what. */
export interface Job {
  tenant: string;
  /** Of the upstream that the client is for. */
  upstreamId: string;
  /** As it is stored, with this process's lease. */
  run: Run;
  client: OpenAI;
  /** What has become of the run that nobody has been told yet. */
  news: RunEvent[];
}

export class LiveRuns {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #events: RunEvents;
  /** This process among those on the same database. */
  readonly #owner = crypto.randomUUID();
  readonly #runs = new Map<string, LiveRun>();
  readonly #work = new Set<Promise<void>>();
  /** What calls off the expiry of the runs that wait for their clients. */
  readonly #waiting = new Map<string, () => void>();
  readonly #heartbeat: Heartbeat;
  #closed = false;

  constructor(store: Store, clock: Clock, events: RunEvents) {
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    const runs = () => this.#runs.values();
    this.#heartbeat = new Heartbeat({ store, clock, owner: this.#owner, runs });
  }

  get(runId: string): LiveRun | undefined {
    return this.#runs.get(runId);
  }

  /** A lease for this process, from now on. */
  lease(upstream: string): Lease {
    return { owner: this.#owner, until: this.#heartbeat.until, upstream };
  }

  /** Takes up a run; its news are told before this returns. */
  start({ tenant, upstreamId, run, client, news }: Job): void {
    const store = this.#store, clock = this.#clock;
    const observed = observeRun(run.id, tenant);
    const live = new LiveRun({
      store,
      clock,
      events: this.#events,
      tenant,
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
    const work = observed.within(() => execute(live, { store, clock, tenant, client }))
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

  #onEnd(live: LiveRun, last: Run | undefined, error: unknown): void {
    const { id } = live.run;
    this.#runs.delete(id);
    if (last?.status === "requires_action") this.#await(live.tenant, last);
    if (error !== undefined) log.error("The end of run {run} was not stored.", { run: id, error });
  }

  /** Nobody works on a run that waits for its client, and still it expires. */
  #await(tenant: string, { id, expires_at }: Run): void {
    const leftMs = (expires_at ?? 0) * 1000 - this.#clock.now();
    const callOff = this.#clock.after(leftMs, () => {
      forget();
      const now = unixSeconds(this.#clock);
      this.#store.commit(tenant, id, (state) => expiring(state, now)).catch((error) => {
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
