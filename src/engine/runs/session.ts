/**
 * A run that this process is working on: as far as it has come, and the only hand that moves it.
 *
 * Every change is committed first and told afterwards, one after the other. A commit looks at what
 * is stored: a run that somebody else has ended, or has taken isClosed, is not moved any more.
 */

import type { Run, RunChange, RunItem, RunState, TenantStore } from "../../store/mod.ts";
import { type RunEvent, statusEvent } from "../objects/events.ts";
import { LeasedRun, type LeasedRunOptions } from "./leased_run.ts";
import {
  ending,
  eventsOf,
  isActive,
  type Outcome,
  requiringAction,
  type Usage,
} from "../objects/transitions.ts";
import { Writer } from "../turn/writer/mod.ts";

export interface RunSessionOptions extends LeasedRunOptions {
  /**
   * Called once, when this process works on the run no more: with the run as this process has left
   * it, or with the error that kept its end from being stored.
   */
  onEnd: (run: Run | undefined, error?: unknown) => void;
}

const CANCELLED = { status: "cancelled" } as const;

export class RunSession {
  readonly writer: Writer;
  readonly #hold: LeasedRun;
  readonly #onEnd: RunSessionOptions["onEnd"];
  readonly #upstream = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #isClosed = false;
  readonly #callOffExpiry: () => void;

  constructor({ onEnd, ...options }: RunSessionOptions) {
    const { run, clock } = options;
    this.#hold = new LeasedRun(options);
    this.#onEnd = onEnd;
    this.writer = new Writer({
      clock,
      run: () => this.run,
      isClosed: () => this.#isClosed,
      change: (change, told) => this.#move("in_progress", change, told),
      emit: (event) => {
        if (this.#hold.heard) this.#hold.tell([event()]);
      },
    });
    const leftMs = (run.expires_at ?? run.created_at) * 1000 - clock.now();
    this.#callOffExpiry = clock.after(leftMs, () => void this.interrupt({ status: "expired" }));
  }

  get store(): TenantStore {
    return this.#hold.store;
  }

  get tenant(): string {
    return this.#hold.store.tenant;
  }

  get upstreamId(): string {
    return this.#hold.upstreamId;
  }

  get run(): Run {
    return this.#hold.run;
  }

  /** Aborted when the run needs the upstream no more. */
  get signal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** Whether nothing may be added any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when what this process has made of the run is stored and told. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The events that bring a new listener to where the others are. */
  snapshot(): RunEvent[] {
    const { messages, steps } = this.writer.openObjects;
    return [
      statusEvent(this.run),
      ...steps.map((data): RunEvent => ({ event: "thread.run.step.created", data })),
      ...messages.map((data): RunEvent => ({ event: "thread.message.created", data })),
    ];
  }

  /** Tells what is stored already. */
  announce(events: RunEvent[]): void {
    this.#hold.tell(events);
  }

  /** Lets another process have it for as long as there is no place for it here: see `LeasedRun`. */
  offer(): Promise<Run["status"] | undefined> {
    return this.#hold.offer();
  }

  /**
   * Takes it back to work on it. Where another process has it by now, it is isClosed here.
   *
   * @param until when the lease lapses, in unix milliseconds
   */
  async claim(until: number): Promise<boolean> {
    if (await this.#hold.claim(until)) return true;
    await this.interrupt(CANCELLED);
    return false;
  }

  /** The upstream has taken the run up. */
  async begin(): Promise<void> {
    await this.#move("queued", ({ run }) => ({
      run: { ...run, status: "in_progress", started_at: run.started_at ?? this.#hold.now() },
    }), () => [statusEvent(this.run)]);
  }

  /** Marks the run as being cancelled, and ends it; undefined when that is too late. */
  cancel(): Promise<Run | undefined> {
    return this.#hold.inTurn(async () => {
      const { change, run } = await this.#hold.commit(({ run }) =>
        isCancellable(run) ? { run: { ...run, status: "cancelling" } } : undefined
      );
      if (change === undefined || run === undefined) return undefined;
      this.#hold.run = run;
      this.#hold.tell([statusEvent(run)]);
      // At once, so that nothing more is withDrafts in between.
      void this.interrupt(CANCELLED);
      return run;
    });
  }

  /** Ends the run from outside: the upstream is not heard any more. */
  interrupt(outcome: Outcome): Promise<void> {
    const ended = this.end(outcome);
    this.abortUpstream();
    return ended;
  }

  /** Ends the run with what the upstream has come to, unless it has ended before. */
  end(outcome: Outcome, usage: Usage | null = null): Promise<void> {
    return this.#finish((state) => ending(state, outcome, this.#hold.now(), usage));
  }

  /**
   * Gives the run to its client, which is to answer its calls.
   *
   * @param items the output of the response that ends with the calls
   */
  requireAction(items: RunItem[], usage: Usage | null): Promise<void> {
    return this.#finish((state) => requiringAction(state, items, this.#hold.now(), usage));
  }

  /** Leaves the run to another process, as far as it has come; the next try is not counted. */
  release(): Promise<void> {
    const released = this.#finish((state) => {
      const { run, messages, steps } = state;
      if (run.status === "cancelling") return ending(state, CANCELLED, this.#hold.now());
      return { messages, steps, ...this.#hold.released(state) };
    });
    this.abortUpstream();
    return released;
  }

  abortUpstream(): void {
    this.#upstream.abort();
  }

  #finish(change: (state: RunState) => RunChange): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#callOffExpiry();
      this.writer.stop();
      void this.#hold.inTurn(() => this.#commitLast(change).catch((error) => this.#fail(error)))
        .then(() => this.#ended.resolve());
    }
    return this.ended;
  }

  async #commitLast(last: (state: RunState) => RunChange): Promise<void> {
    const { change, before, run } = await this.#hold.commit((state) =>
      isActive(state.run) ? last({ ...state, ...this.writer.withDrafts(state) }) : undefined
    );
    if (change?.run !== undefined) {
      // Another process may have asked for it.
      const isNews = before?.status === "cancelling" && this.run.status !== "cancelling";
      const events = this.writer.visible(eventsOf(change));
      return this.#tellEnd(isNews ? [statusEvent(before), ...events] : events, change.run);
    }
    if (run === undefined) {
      const deleted = { run: this.run, ...this.writer.openObjects };
      return this.#tellEnd(eventsOf(ending(deleted, CANCELLED, this.#hold.now())), undefined);
    }
    // Somebody else has it, or has ended it.
    this.#onEnd(undefined);
    this.#hold.leave();
  }

  /** The end of the run cannot be stored: all that is left is to say so. */
  #fail(error: unknown): void {
    const message = "The end of the run could not be stored.";
    const data = { message, type: "server_error", param: null, code: null };
    this.#tellEnd([{ event: "error", data }], undefined, error);
  }

  /** A listener that comes after this finds the run in the store only, so there it must be by now. */
  #tellEnd(events: RunEvent[], run: Run | undefined, error?: unknown): void {
    this.#onEnd(run, error);
    this.#hold.tell(events);
  }

  /** Makes a change while the run is in this status; where it is not, the run is isClosed for us. */
  async #move(
    status: Run["status"],
    change: (state: RunState) => RunChange,
    events: () => RunEvent[],
  ): Promise<void> {
    if (this.#isClosed || this.run.status !== status) return;
    await this.#hold.inTurn(async () => {
      const { change: made, run } = await this.#hold.commit((state) =>
        state.run.status === status ? change(state) : undefined
      );
      if (made === undefined || run === undefined) return void this.interrupt(CANCELLED);
      this.#hold.run = run;
      this.#hold.tell(events());
    });
  }
}

/** Whether a run can still be cancelled. */
export function isCancellable(run: Run): boolean {
  return isActive(run) && run.status !== "cancelling";
}
