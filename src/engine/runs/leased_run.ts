/** A run in the hand of this process: what is stored of it is changed one thing after the other, and told. */

import type { Lease, Run, RunChange, RunState, TenantStore } from "../../store/mod.ts";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import type { RunEvent, RunEvents } from "../objects/events.ts";
import { isActive } from "../objects/transitions.ts";

export interface LeasedRunOptions {
  store: TenantStore;
  clock: Clock;
  events: RunEvents;
  /** Of the upstream that works on the run. */
  upstreamId: string;
  /** Whose lease the run is worked on with. */
  owner: string;
  /** The run as it has just been made, or taken up again. */
  run: Run;
}

/** What a commit has come to. */
export interface Committed {
  /** Nothing where the run is not ours any more, or was not to be changed. */
  change: RunChange | undefined;
  before: Run | undefined;
  /** The run as it now is; undefined when it is gone. */
  run: Run | undefined;
}

export class LeasedRun {
  /** As last told. */
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

  /** Unix seconds. */
  now(): number {
    return unixSeconds(this.clock);
  }

  /** Whether anybody listens. */
  get heard(): boolean {
    return this.#events.hasListeners(this.run.id);
  }

  tell(events: RunEvent[]): void {
    for (const event of events) this.#events.emit(this.run.id, event);
  }

  /** Tells those who listen to look elsewhere. */
  leave(): void {
    this.#events.handOff(this.run.id);
  }

  /** Does a job when those before it are done. */
  inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(job);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Changes what is stored, if the run is still worked on with our lease. */
  async commit(change: (state: RunState) => RunChange | undefined): Promise<Committed> {
    let before: Run | undefined;
    let made: RunChange | undefined;
    const run = await this.store.commitRun(this.run.id, (state) => {
      before = state.run;
      return made = state.lease?.owner === this.#owner ? change(state) : undefined;
    });
    return { change: made, before, run };
  }

  /** A change that gives the lease to whoever comes next, and does not count the try. */
  released({ lease }: RunState): RunChange {
    // What was offered was not counted either.
    const tries = this.#isOffered ? 0 : 1;
    return { lease: this.#lease(this.clock.now(), (lease?.attempt ?? 1) - tries) };
  }

  /**
   * Lets another process have the run while it waits here for a place. Returns its status;
   * undefined where it is not ours any more.
   */
  async offer(): Promise<Run["status"] | undefined> {
    const { id } = this.run;
    if (this.#isOffered) {
      const kept = await this.store.renewLeases([id], this.#lease(this.clock.now()));
      return kept.get(id);
    }
    const { change, run } = await this.commit((state) =>
      isActive(state.run) ? this.released(state) : undefined
    );
    if (change === undefined) return undefined;
    this.#isOffered = true;
    return run?.status;
  }

  /** Takes back a run that was offered, to work on it; false where it is not to be had any more. */
  async claim(until: number): Promise<boolean> {
    if (!this.#isOffered) return true;
    const { change } = await this.commit(({ run, lease }) =>
      isActive(run) ? { lease: this.#lease(until, (lease?.attempt ?? 0) + 1) } : undefined
    );
    this.#isOffered = false;
    return change !== undefined;
  }

  #lease(until: number, attempt?: number): Lease & { attempt?: number } {
    return { owner: this.#owner, until, upstream: this.upstreamId, attempt };
  }
}
