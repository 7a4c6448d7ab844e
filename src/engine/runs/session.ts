/**
 * The session of a run in this process, and the only place that changes the run.
 *
 * Every change is committed before its events are emitted, one change after the other. A commit
 * checks the stored state: a run that another process has ended or taken over is not changed.
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

/** What a session consists of. */
export interface RunSessionOptions extends LeasedRunOptions {
  /**
   * Called once, when the session has ended: with the run as this process left it (undefined if it was
   * deleted or taken over), or with the error that prevented storing its end.
   */
  onEnd: (run: Run | undefined, error?: unknown) => void;
}

const CANCELLED = { status: "cancelled" } as const;

/** An active run that this process executes or has queued. */
export class RunSession {
  readonly writer: Writer;
  readonly #leasedRun: LeasedRun;
  readonly #onEnd: RunSessionOptions["onEnd"];
  readonly #upstream = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #isClosed = false;
  readonly #cancelExpiry: () => void;

  constructor({ onEnd, ...options }: RunSessionOptions) {
    const { run, clock } = options;
    this.#leasedRun = new LeasedRun(options);
    this.#onEnd = onEnd;
    this.writer = new Writer({
      clock,
      run: () => this.run,
      isClosed: () => this.#isClosed,
      change: (change, events) => this.#change("in_progress", change, events),
      emit: (event) => {
        if (this.#leasedRun.hasListeners) this.#leasedRun.emit([event()]);
      },
    });
    const leftMs = (run.expires_at ?? run.created_at) * 1000 - clock.now();
    this.#cancelExpiry = clock.after(leftMs, () => void this.stop({ status: "expired" }));
  }

  get store(): TenantStore {
    return this.#leasedRun.store;
  }

  get tenant(): string {
    return this.#leasedRun.store.tenant;
  }

  get upstreamId(): string {
    return this.#leasedRun.upstreamId;
  }

  get run(): Run {
    return this.#leasedRun.run;
  }

  /** Aborted when the run no longer needs the upstream. */
  get signal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** Whether the run accepts no more changes. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves once the last change is stored and emitted. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Returns the events that describe the current state to a new listener. */
  snapshot(): RunEvent[] {
    const { messages, steps } = this.writer.openObjects;
    return [
      statusEvent(this.run),
      ...steps.map((data): RunEvent => ({ event: "thread.run.step.created", data })),
      ...messages.map((data): RunEvent => ({ event: "thread.message.created", data })),
    ];
  }

  /** Emits events of changes that are stored already. */
  emitStored(events: RunEvent[]): void {
    this.#leasedRun.emit(events);
  }

  /** Offers the run to other processes while it is queued here: see `LeasedRun`. */
  offer(): Promise<Run["status"] | undefined> {
    return this.#leasedRun.offer();
  }

  /**
   * Acquires the lease of an offered run again. Closes the session if another process has taken it.
   *
   * @param untilMs when the lease lapses, in unix milliseconds
   */
  async claim(untilMs: number): Promise<boolean> {
    if (await this.#leasedRun.claim(untilMs)) return true;
    await this.stop(CANCELLED);
    return false;
  }

  /** Moves the run from `queued` to `in_progress`. */
  async begin(): Promise<void> {
    await this.#change("queued", ({ run }) => ({
      run: { ...run, status: "in_progress", started_at: run.started_at ?? this.#leasedRun.now() },
    }), () => [statusEvent(this.run)]);
  }

  /** Sets the run to `cancelling` and starts ending it. Returns undefined if the run has ended. */
  cancel(): Promise<Run | undefined> {
    return this.#leasedRun.enqueue(async () => {
      const { change, run } = await this.#leasedRun.commit(({ run }) =>
        isCancellable(run) ? { run: { ...run, status: "cancelling" } } : undefined
      );
      if (change === undefined || run === undefined) return undefined;
      this.#leasedRun.run = run;
      this.#leasedRun.emit([statusEvent(run)]);
      // Closed at once, so that nothing is written in between.
      void this.stop(CANCELLED);
      return run;
    });
  }

  /** Ends the run and aborts its request to the upstream. */
  stop(outcome: Outcome): Promise<void> {
    const ended = this.end(outcome);
    this.abortUpstream();
    return ended;
  }

  /** Ends the run, unless it has already ended. */
  end(outcome: Outcome, usage: Usage | null = null): Promise<void> {
    return this.#finish((state) => ending(state, outcome, this.#leasedRun.now(), usage));
  }

  /**
   * Moves the run to `requires_action`, which ends this session.
   *
   * @param items raw output of the response that ends with the calls
   */
  requireAction(items: RunItem[], usage: Usage | null): Promise<void> {
    return this.#finish((state) => requiringAction(state, items, this.#leasedRun.now(), usage));
  }

  /** Stores the run as it is and releases its lease to other processes, without counting the attempt. */
  release(): Promise<void> {
    const releaseChange = this.#finish((state) => {
      const { run, messages, steps } = state;
      if (run.status === "cancelling") return ending(state, CANCELLED, this.#leasedRun.now());
      return { messages, steps, ...this.#leasedRun.releaseChange(state) };
    });
    this.abortUpstream();
    return releaseChange;
  }

  /** Aborts the request to the upstream. */
  abortUpstream(): void {
    this.#upstream.abort();
  }

  #finish(change: (state: RunState) => RunChange): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#cancelExpiry();
      this.writer.stop();
      void this.#leasedRun.enqueue(() =>
        this.#commitLast(change).catch((error) => this.#fail(error))
      )
        .then(() => this.#ended.resolve());
    }
    return this.ended;
  }

  async #commitLast(last: (state: RunState) => RunChange): Promise<void> {
    const { change, before, run } = await this.#leasedRun.commit((state) =>
      isActive(state.run) ? last({ ...state, ...this.writer.withDrafts(state) }) : undefined
    );
    if (change?.run !== undefined) {
      // Another process may have requested the cancellation.
      const isUnannounced = before?.status === "cancelling" && this.run.status !== "cancelling";
      const events = this.writer.visible(eventsOf(change));
      return this.#emitEnd(isUnannounced ? [statusEvent(before), ...events] : events, change.run);
    }
    if (run === undefined) {
      const deleted = { run: this.run, ...this.writer.openObjects };
      return this.#emitEnd(eventsOf(ending(deleted, CANCELLED, this.#leasedRun.now())), undefined);
    }
    // Another process has taken the run over, or has ended it.
    this.#onEnd(undefined);
    this.#leasedRun.handOff();
  }

  /** Reports that the end of the run cannot be stored. */
  #fail(error: unknown): void {
    const message = "The end of the run could not be stored.";
    const data = { message, type: "server_error", param: null, code: null };
    this.#emitEnd([{ event: "error", data }], undefined, error);
  }

  /** Emits the last events. The run is stored by now, because new listeners read it from the store. */
  #emitEnd(events: RunEvent[], run: Run | undefined, error?: unknown): void {
    this.#onEnd(run, error);
    this.#leasedRun.emit(events);
  }

  /** Commits a change if the run has this status; otherwise the run is lost and the session stops. */
  async #change(
    status: Run["status"],
    change: (state: RunState) => RunChange,
    events: () => RunEvent[],
  ): Promise<void> {
    if (this.#isClosed || this.run.status !== status) return;
    await this.#leasedRun.enqueue(async () => {
      const { change: applied, run } = await this.#leasedRun.commit((state) =>
        state.run.status === status ? change(state) : undefined
      );
      if (applied === undefined || run === undefined) return void this.stop(CANCELLED);
      this.#leasedRun.run = run;
      this.#leasedRun.emit(events());
    });
  }
}

/** Whether a run can be cancelled. */
export function isCancellable(run: Run): boolean {
  return isActive(run) && run.status !== "cancelling";
}
