/** A run under a lease of this process. Its changes are committed one after the other. */

import type { Lease, Run, RunChange, RunState, TenantStore } from "../../store/mod.ts";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import type { RunEvent, RunEvents } from "../objects/events.ts";
import { isActive } from "../objects/transitions.ts";

/** What a leased run consists of. */
export interface LeasedRunOptions {
  store: TenantStore;
  clock: Clock;
  events: RunEvents;
  /** The fingerprint of the upstream and key that the run uses. */
  upstreamId: string;
  /** The owner of the lease: this process. */
  owner: string;
  /** The run as stored when it was created or taken over. */
  run: Run;
}

/** The result of a commit. */
export interface Committed {
  /** Undefined if the lease was lost or nothing changed. */
  change: RunChange | undefined;
  /** The run before the commit. */
  before: Run | undefined;
  /** The run after the commit; undefined if it was deleted. */
  run: Run | undefined;
}

/** Commits changes of a run while its lease is held, and emits its events. */
export class LeasedRun {
  /** The run as last emitted. */
  run: Run;
  readonly store: TenantStore;
  readonly upstreamId: string;
  readonly clock: Clock;
  readonly #events: RunEvents;
  readonly #owner: string;
  #isOffered = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor({ store, clock, events, upstreamId, owner, run }: LeasedRunOptions) {
    this.run = run;
    this.store = store;
    this.upstreamId = upstreamId;
    this.clock = clock;
    this.#events = events;
    this.#owner = owner;
  }

  /** Returns the current time in unix seconds. */
  now(): number {
    return unixSeconds(this.clock);
  }

  /** Whether the run has listeners. */
  get hasListeners(): boolean {
    return this.#events.hasListeners(this.run.id);
  }

  /** Delivers events to the listeners. */
  emit(events: RunEvent[]): void {
    for (const event of events) this.#events.emit(this.run.id, event);
  }

  /** Tells the listeners that another process has taken the run over. */
  handOff(): void {
    this.#events.handOff(this.run.id);
  }

  /** Runs a task after those that were enqueued before it. */
  enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Commits a change if this process still holds the lease. */
  async commit(change: (state: RunState) => RunChange | undefined): Promise<Committed> {
    let before: Run | undefined;
    let applied: RunChange | undefined;
    const run = await this.store.commitRun(this.run.id, (state) => {
      before = state.run;
      return applied = state.lease?.owner === this.#owner ? change(state) : undefined;
    });
    return { change: applied, before, run };
  }

  /** Returns a change that releases the lease without counting the attempt. */
  releaseChange({ lease }: RunState): RunChange {
    // While a run is offered, its attempt is not counted.
    const tries = this.#isOffered ? 0 : 1;
    return { lease: this.#lease(this.clock.now(), (lease?.attempt ?? 1) - tries) };
  }

  /**
   * Offers a queued run to other processes by releasing its lease. Returns the run's status;
   * undefined if another process has taken the run.
   */
  async offer(): Promise<Run["status"] | undefined> {
    const { id } = this.run;
    if (this.#isOffered) {
      const kept = await this.store.renewLeases([id], this.#lease(this.clock.now()));
      return kept.get(id);
    }
    const { change, run } = await this.commit((state) =>
      isActive(state.run) ? this.releaseChange(state) : undefined
    );
    if (change === undefined) return undefined;
    this.#isOffered = true;
    return run?.status;
  }

  /**
   * Acquires the lease of an offered run again.
   *
   * @param untilMs when the lease lapses, in unix milliseconds
   * @returns false if another process has taken the run, or the run has ended
   */
  async claim(untilMs: number): Promise<boolean> {
    if (!this.#isOffered) return true;
    const { change } = await this.commit(({ run, lease }) =>
      isActive(run) ? { lease: this.#lease(untilMs, (lease?.attempt ?? 0) + 1) } : undefined
    );
    this.#isOffered = false;
    return change !== undefined;
  }

  #lease(untilMs: number, attempt?: number): Lease & { attempt?: number } {
    return { owner: this.#owner, expiresAtMs: untilMs, upstream: this.upstreamId, attempt };
  }
}
