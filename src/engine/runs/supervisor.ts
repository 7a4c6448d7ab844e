/** Supervises the runs of this process: those in execution, those queued for a slot, and those that require action. */

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

/** The run to start, and what it needs. */
export interface StartOptions {
  store: TenantStore;
  /** The fingerprint of the upstream and key of `client`. */
  upstreamId: string;
  /** The run as stored, with a lease of this process. */
  run: Run;
  client: OpenAI;
  /** Events of stored changes that are not emitted yet. */
  pendingEvents: RunEvent[];
  /** The slot to execute the run in. By default the run is queued for one. */
  slot?: Release;
}

/** How many runs a process executes concurrently. */
export interface RunLimits {
  maxRuns: number;
  maxRunsPerTenant: number;
}

/** What a supervisor works with. */
export interface RunSupervisorOptions {
  clock: Clock;
  events: RunEvents;
  /** @default no limits */
  limits?: RunLimits;
}

/** Starts, tracks and hands off runs. */
export class RunSupervisor {
  readonly #clock: Clock;
  readonly #events: RunEvents;
  /** Identifies this process among those that share the database. */
  readonly #owner = crypto.randomUUID();
  readonly #runs = new Map<string, RunSession>();
  readonly #slots: Slots;
  /** Sessions that are queued for a slot. */
  readonly #queued = new Set<RunSession>();
  readonly #turns = new Set<Promise<void>>();
  /** Functions that cancel the expiry timers of runs that require action, by run id. */
  readonly #expiryTimers = new Map<string, () => void>();
  readonly #heartbeat: Heartbeat;
  #closed = false;

  constructor({ clock, events, limits }: RunSupervisorOptions) {
    this.#clock = clock;
    this.#events = events;
    this.#slots = new Slots(limits?.maxRuns ?? Infinity, { perTenant: limits?.maxRunsPerTenant });
    this.#heartbeat = new Heartbeat({
      clock,
      owner: this.#owner,
      runs: () => this.#runs.values(),
      isWaiting: (session) => this.#queued.has(session),
    });
  }

  /** Returns the session of a run of this process. */
  get(runId: string): RunSession | undefined {
    return this.#runs.get(runId);
  }

  /** Returns a new lease of this process. */
  newLease(upstream: string): Lease {
    return { owner: this.#owner, expiresAtMs: this.#heartbeat.leaseUntilMs, upstream };
  }

  /** Acquires a slot for a run of this tenant, if one is free and no run is queued for it. */
  slot(tenant: string): Release | undefined {
    return this.#slots.tryAcquire(tenant);
  }

  /** Starts a run. Emits its pending events before returning. */
  start({ store, upstreamId, run, client, pendingEvents, slot }: StartOptions): void {
    const clock = this.#clock;
    const observed = observeRun(run, store.tenant);
    const session = new RunSession({
      store,
      clock,
      events: this.#events,
      upstreamId,
      owner: this.#owner,
      run,
      onEnd: (last, error) => {
        observed.end(last);
        this.#onEnd(session, last, error);
      },
    });
    this.#expiryTimers.get(run.id)?.();
    this.#runs.set(run.id, session);
    session.emitStored(pendingEvents);
    if (this.#closed) void session.release();
    else this.#heartbeat.start();
    const turn = observed.within(() => this.#runTurn(session, { store, clock, client }, slot))
      .finally(() => this.#turns.delete(turn));
    this.#turns.add(turn);
  }

  /** Stops the run of a deleted thread. */
  async abandon(tenant: string, threadId: string): Promise<void> {
    for (const session of this.#runs.values()) {
      if (session.tenant === tenant && session.run.thread_id === threadId) {
        await session.stop({ status: "cancelled" });
      }
    }
  }

  /** Hands all runs off to other processes, also those that are started later. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#heartbeat.stop();
    for (const session of this.#runs.values()) void session.release();
    await Promise.all(this.#turns);
    for (const cancel of this.#expiryTimers.values()) cancel();
  }

  async #runTurn(
    session: RunSession,
    turn: TurnOptions,
    slot = this.slot(session.tenant),
  ): Promise<void> {
    const releaseSlot = slot ?? await this.#acquireSlot(session);
    if (releaseSlot === undefined) return await session.ended;
    try {
      await execute(session, turn);
    } finally {
      releaseSlot();
    }
  }

  /** Waits for a slot. Returns undefined if the run ends first or another process takes it. */
  async #acquireSlot(session: RunSession): Promise<Release | undefined> {
    this.#queued.add(session);
    metrics.waitingRuns.add(1);
    let releaseSlot: Release;
    try {
      releaseSlot = await this.#slots.acquire(session.signal, session.tenant);
    } catch {
      // The run has ended or was taken over.
      return undefined;
    } finally {
      this.#queued.delete(session);
      metrics.waitingRuns.add(-1);
    }
    if (await session.claim(this.#heartbeat.leaseUntilMs)) return releaseSlot;
    releaseSlot();
    return undefined;
  }

  #onEnd(session: RunSession, last: Run | undefined, error: unknown): void {
    const { id } = session.run;
    this.#runs.delete(id);
    if (last?.status === "requires_action") this.#scheduleExpiry(session.store, last);
    if (error !== undefined) log.error("Cannot store the end of run {run}.", { run: id, error });
  }

  /** Expires a run that requires action when its time is up. */
  #scheduleExpiry(store: TenantStore, { id, expires_at }: Run): void {
    const leftMs = (expires_at ?? 0) * 1000 - this.#clock.now();
    const cancel = this.#clock.after(leftMs, () => {
      cancelTimer();
      const now = unixSeconds(this.#clock);
      commitUnowned(store, id, (state) => expiring(state, now)).catch((error) => {
        log.error("Cannot store the expiry of run {run}.", { run: id, error });
      });
    });
    const cancelTimer = () => {
      cancel();
      this.#expiryTimers.delete(id);
    };
    this.#expiryTimers.set(id, cancelTimer);
  }
}
