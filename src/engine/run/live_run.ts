/**
 * A run that this process is working on: as far as it has come, and the only hand that moves it.
 *
 * Every change is committed first and told afterwards, one after the other. A commit looks at what
 * is stored: a run that somebody else has ended, or has taken over, is not moved any more.
 */

import type { Run, RunChange, RunItem, RunState, Store } from "../../store/mod.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { type RunEvent, type RunEvents, statusEvent } from "../events.ts";
import {
  ending,
  eventsOf,
  isActive,
  type Outcome,
  requiringAction,
  type Usage,
} from "./outcome.ts";
import { Writer } from "./writer.ts";

export interface LiveRunOptions {
  store: Store;
  clock: Clock;
  events: RunEvents;
  tenant: string;
  /** Of the upstream that works on the run. */
  upstreamId: string;
  /** Whose lease the run is worked on with. */
  owner: string;
  /** The run as it has just been made, or taken up again. */
  run: Run;
  /**
   * Called once, when this process works on the run no more: with the run as this process has left
   * it, or with the error that kept its end from being stored.
   */
  onEnd: (run: Run | undefined, error?: unknown) => void;
}

export class LiveRun {
  readonly writer: Writer;
  readonly #options: LiveRunOptions;
  readonly #upstream = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  /** As last told. */
  #run: Run;
  #queue: Promise<unknown> = Promise.resolve();
  #over = false;
  readonly #callOffExpiry: () => void;

  constructor(options: LiveRunOptions) {
    const { run, clock } = options;
    this.#options = options;
    this.#run = run;
    this.writer = new Writer(this.#hand());
    const leftMs = (run.expires_at ?? run.created_at) * 1000 - clock.now();
    this.#callOffExpiry = clock.after(leftMs, () => void this.interrupt({ status: "expired" }));
  }

  get tenant(): string {
    return this.#options.tenant;
  }

  get upstreamId(): string {
    return this.#options.upstreamId;
  }

  get run(): Run {
    return this.#run;
  }

  /** Aborted when the run needs the upstream no more. */
  get signal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** Whether nothing may be added any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Resolves when what this process has made of the run is stored and told. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The events that bring a new listener to where the others are. */
  snapshot(): RunEvent[] {
    const { messages, steps } = this.writer.open;
    return [
      statusEvent(this.#run),
      ...steps.map((data): RunEvent => ({ event: "thread.run.step.created", data })),
      ...messages.map((data): RunEvent => ({ event: "thread.message.created", data })),
    ];
  }

  /** Tells what is stored already. */
  announce(events: RunEvent[]): void {
    this.#tell(events);
  }

  /** The upstream has taken the run up. */
  async begin(): Promise<void> {
    await this.#move("queued", ({ run }) => ({
      run: { ...run, status: "in_progress", started_at: run.started_at ?? this.#now() },
    }), () => [statusEvent(this.#run)]);
  }

  /** Marks the run as being cancelled, and ends it; undefined when that is too late. */
  async cancel(): Promise<Run | undefined> {
    const cancelling = await this.#inTurn(async () => {
      const run = await this.#commit(isCancellable, ({ run }) => ({
        run: { ...run, status: "cancelling" },
      }));
      if (run === undefined) return undefined;
      this.#run = run;
      this.#tell([statusEvent(run)]);
      return run;
    });
    if (cancelling !== undefined) void this.interrupt(CANCELLED);
    return cancelling;
  }

  /** Ends the run from outside: the upstream is not heard any more. */
  interrupt(outcome: Outcome): Promise<void> {
    const ended = this.end(outcome);
    this.hangUp();
    return ended;
  }

  /** Ends the run with what the upstream has come to, unless it has ended before. */
  end(outcome: Outcome, usage: Usage | null = null): Promise<void> {
    return this.#finish((state) => ending(state, outcome, this.#now(), usage));
  }

  /**
   * Gives the run to its client, which is to answer its calls.
   *
   * @param items the output of the response that ends with the calls
   */
  requireAction(items: RunItem[], usage: Usage | null): Promise<void> {
    return this.#finish((state) => requiringAction(state, items, this.#now(), usage));
  }

  /** Leaves the run to another process, as far as it has come; the next try is not counted. */
  release(): Promise<void> {
    const released = this.#finish((state) => {
      if (state.run.status === "cancelling") return ending(state, CANCELLED, this.#now());
      const { messages, steps } = state;
      const { owner, clock, upstreamId: upstream } = this.#options;
      const attempt = (state.lease?.attempt ?? 1) - 1;
      return { messages, steps, lease: { owner, until: clock.now(), upstream, attempt } };
    });
    this.hangUp();
    return released;
  }

  hangUp(): void {
    this.#upstream.abort();
  }

  #hand() {
    const run = () => this.#run;
    const over = () => this.#over;
    const { clock, events } = this.#options;
    return {
      clock,
      get run() {
        return run();
      },
      get over() {
        return over();
      },
      now: () => this.#now(),
      change: (change: (state: RunState) => RunChange, told: () => RunEvent[]) =>
        this.#move("in_progress", change, told),
      tell: (event: () => RunEvent) => {
        if (events.heard(this.#run.id)) this.#tell([event()]);
      },
    };
  }

  #finish(change: (state: RunState) => RunChange): Promise<void> {
    if (!this.#over) {
      this.#over = true;
      this.#callOffExpiry();
      this.writer.stop();
      void this.#inTurn(() => this.#commitLast(change).catch((error) => this.#fail(error)))
        .then(() => this.#ended.resolve());
    }
    return this.ended;
  }

  async #commitLast(change: (state: RunState) => RunChange): Promise<void> {
    const { store, tenant } = this.#options;
    let last: RunChange | undefined;
    let before = this.#run;
    const run = await store.commit(tenant, this.#run.id, (state) => {
      before = state.run;
      const current = { ...state, ...this.writer.written(state) };
      return last = isActive(state.run) && this.#isOurs(state) ? change(current) : undefined;
    });
    if (last?.run !== undefined) {
      // Another process may have asked for it.
      const isNews = before.status === "cancelling" && this.#run.status !== "cancelling";
      const events = eventsOf(last);
      return this.#tellEnd(isNews ? [statusEvent(before), ...events] : events, last.run);
    }
    if (run === undefined || !isActive(run)) {
      return this.#tellEnd(await this.#foreignEnd(run), undefined);
    }
    this.#options.onEnd(undefined);
    this.#options.events.leave(run.id);
  }

  /** What to tell where somebody else has ended the run, or deleted it. */
  async #foreignEnd(run: Run | undefined): Promise<RunEvent[]> {
    const { store, tenant } = this.#options;
    const { messages, steps } = this.writer.open;
    if (run === undefined) {
      const open = { run: this.#run, messages, steps };
      return eventsOf(ending(open, CANCELLED, this.#now()));
    }
    const stored = await Promise.all([
      ...messages.map(({ id }) => store.get(tenant, "message", id)),
      ...steps.map(({ id }) => store.get(tenant, "step", id)),
    ]);
    return [...stored.filter((object) => object !== undefined), run].map(statusEvent);
  }

  /** The end of the run cannot be stored: all that is left is to say so. */
  #fail(error: unknown): void {
    const message = "The end of the run could not be stored.";
    const data = { message, type: "server_error", param: null, code: null };
    this.#tellEnd([{ event: "error", data }], undefined, error);
  }

  /** A listener that comes after this finds the run in the store only, so there it must be by now. */
  #tellEnd(events: RunEvent[], run: Run | undefined, error?: unknown): void {
    this.#options.onEnd(run, error);
    this.#tell(events);
  }

  /** Makes a change while the run is in this status; where it is not, the run is over for us. */
  async #move(
    status: Run["status"],
    change: (state: RunState) => RunChange,
    events: () => RunEvent[],
  ): Promise<void> {
    if (this.#over || this.#run.status !== status) return;
    await this.#inTurn(async () => {
      const run = await this.#commit((run) => run.status === status, change);
      if (run === undefined) return void this.interrupt(CANCELLED);
      this.#run = run;
      this.#tell(events());
    });
  }

  /** The run after the change; undefined where it may not be made. */
  async #commit(
    allows: (run: Run) => boolean,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined> {
    const { store, tenant } = this.#options;
    let allowed = false;
    const run = await store.commit(tenant, this.#run.id, (state) => {
      allowed = this.#isOurs(state) && allows(state.run);
      return allowed ? change(state) : undefined;
    });
    return allowed ? run : undefined;
  }

  #isOurs({ lease }: RunState): boolean {
    return lease?.owner === this.#options.owner;
  }

  #tell(events: RunEvent[]): void {
    for (const event of events) this.#options.events.tell(this.#run.id, event);
  }

  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(job);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  #now(): number {
    return unixSeconds(this.#options.clock);
  }
}

const CANCELLED = { status: "cancelled" } as const;

/** Whether a run can still be cancelled. */
export function isCancellable(run: Run): boolean {
  return isActive(run) && run.status !== "cancelling";
}
