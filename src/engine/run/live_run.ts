/**
 * A run that this process is working on: as far as it has come, and the only hand that moves it.
 *
 * Every change is committed first and told afterwards, one after the other. A commit looks at what
 * is stored: a run that somebody else has ended is not moved any more.
 */

import type { Message, Run, RunChange, RunState, RunStep, Store } from "../../store/mod.ts";
import { type Clock, unixSeconds } from "../clock.ts";
import { type RunEvent, type RunEvents, statusEvent } from "../events.ts";
import { messageStep, runMessage } from "../objects.ts";
import { Draft } from "./draft.ts";
import {
  completeMessage,
  completeStep,
  ending,
  isActive,
  type Outcome,
  type Usage,
} from "./outcome.ts";

/** How often the text that has come is stored while more is coming. */
const FLUSH_MS = 200;

export interface LiveRunOptions {
  store: Store;
  clock: Clock;
  events: RunEvents;
  tenant: string;
  /** The run as it has just entered its thread. */
  run: Run;
  /** Called once, when the run has ended; with the error that kept its end from being stored. */
  onEnd: (error?: unknown) => void;
}

export class LiveRun {
  readonly #options: LiveRunOptions;
  readonly #upstream = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  /** The run, and what it has in progress, as last told. */
  #run: Run;
  #step: RunStep | undefined;
  #draft: Draft | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #ending = false;
  #callOffFlush: (() => void) | undefined;
  readonly #callOffExpiry: () => void;

  constructor(options: LiveRunOptions) {
    const { run, clock } = options;
    this.#options = options;
    this.#run = run;
    const leftMs = (run.expires_at ?? run.created_at) * 1000 - clock.now();
    this.#callOffExpiry = clock.after(leftMs, () => void this.interrupt({ status: "expired" }));
  }

  get tenant(): string {
    return this.#options.tenant;
  }

  get run(): Run {
    return this.#run;
  }

  /** The message that is being written, if one is. */
  get draft(): Draft | undefined {
    return this.#draft;
  }

  /** Aborted when the run needs the upstream no more. */
  get signal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** Whether nothing may be added any more. */
  get over(): boolean {
    return this.#ending;
  }

  /** Resolves when the end of the run is stored and told. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The events that bring a new listener to where the others are. */
  snapshot(): RunEvent[] {
    const events = [statusEvent(this.#run)];
    if (this.#step) events.push({ event: "thread.run.step.created", data: this.#step });
    if (this.#draft) {
      events.push({ event: "thread.message.created", data: this.#draft.message });
    }
    return events;
  }

  announce(): void {
    this.#tell([
      { event: "thread.run.created", data: this.#run },
      { event: "thread.run.queued", data: this.#run },
    ]);
  }

  /** The upstream has taken the run up. */
  async begin(): Promise<void> {
    await this.#move("queued", ({ run }) => ({
      run: { ...run, status: "in_progress", started_at: this.#now() },
    }), () => [statusEvent(this.#run)]);
  }

  /** Begins a message in a step of its own, after completing those before it. */
  async openMessage(): Promise<void> {
    const now = this.#now();
    const { id: run_id, thread_id, assistant_id } = this.#run;
    const owned = { run_id, thread_id, assistant_id };
    const message = runMessage(owned, now);
    const step = messageStep(owned, message.id, now);
    let before: Required<Pick<RunChange, "messages" | "steps">> = { messages: [], steps: [] };
    await this.#move("in_progress", (state) => {
      before = {
        messages: this.#written(state).map((message) => completeMessage(message, now)),
        steps: state.steps.map((step) => completeStep(step, now)),
      };
      return { messages: [...before.messages, message], steps: [...before.steps, step] };
    }, () => {
      this.#step = step;
      this.#draft = new Draft(message);
      return [
        ...eventsOf(before),
        { event: "thread.run.step.created", data: step },
        { event: "thread.run.step.in_progress", data: step },
        { event: "thread.message.created", data: message },
        { event: "thread.message.in_progress", data: message },
      ];
    });
  }

  /** Completes the open message; its step stays open for the usage, which comes at the end. */
  async completeMessage(): Promise<void> {
    if (this.#draft === undefined) return;
    let change: RunChange = {};
    await this.#move("in_progress", (state) => {
      const now = this.#now();
      change = { messages: this.#written(state).map((message) => completeMessage(message, now)) };
      return change;
    }, () => {
      this.#draft = undefined;
      return eventsOf(change);
    });
  }

  /** Adds to the open message; it is told at once and stored a little later. */
  write(place: number, type: "text" | "refusal", added: string): void {
    if (this.#ending || this.#draft === undefined || added === "") return;
    const { events, clock } = this.#options;
    const part = this.#draft.add(place, type, added);
    if (events.heard(this.#run.id)) {
      const delta = { content: [part] };
      const data = { id: this.#draft.id, object: "thread.message.delta" as const, delta };
      this.#tell([{ event: "thread.message.delta", data }]);
    }
    this.#callOffFlush ??= clock.after(FLUSH_MS, () => {
      this.#callOffFlush = undefined;
      this.#flush();
    });
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
    if (cancelling !== undefined) void this.interrupt({ status: "cancelled" });
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
    if (!this.#ending) {
      this.#ending = true;
      this.#callOffExpiry();
      this.#callOffFlush?.();
      void this.#inTurn(() => this.#commitEnd(outcome, usage).catch((error) => this.#fail(error)))
        .then(() => this.#ended.resolve());
    }
    return this.ended;
  }

  hangUp(): void {
    this.#upstream.abort();
  }

  async #commitEnd(outcome: Outcome, usage: Usage | null): Promise<void> {
    const { store, tenant } = this.#options;
    let change: RunChange | undefined;
    const run = await store.commit(tenant, this.#run.id, (state) => {
      const current = { ...state, messages: this.#written(state) };
      change = isActive(state.run) ? ending(current, outcome, this.#now(), usage) : undefined;
      return change;
    });
    this.#tellEnd(change ? eventsOf(change) : await this.#foreignEnd(run));
  }

  /** What to tell where somebody else has ended the run, or deleted it. */
  async #foreignEnd(run: Run | undefined): Promise<RunEvent[]> {
    const { store, tenant } = this.#options;
    const messages = this.#draft ? [this.#draft.message] : [];
    const steps = this.#step ? [this.#step] : [];
    if (run === undefined) {
      const open = { run: this.#run, messages, steps };
      return eventsOf(ending(open, { status: "cancelled" }, this.#now()));
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
    this.#tellEnd([{ event: "error", data }], error);
  }

  /** A listener that comes after this finds the run in the store only, so there it must be by now. */
  #tellEnd(events: RunEvent[], error?: unknown): void {
    this.#options.onEnd(error);
    this.#tell(events);
  }

  /** Makes a change while the run is in this status; where it is not, the run is over for us. */
  async #move(
    status: Run["status"],
    change: (state: RunState) => RunChange,
    events: () => RunEvent[],
  ): Promise<void> {
    if (this.#ending || this.#run.status !== status) return;
    await this.#inTurn(async () => {
      const run = await this.#commit((run) => run.status === status, change);
      if (run === undefined) return void this.interrupt({ status: "cancelled" });
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
      allowed = allows(state.run);
      return allowed ? change(state) : undefined;
    });
    return allowed ? run : undefined;
  }

  /** The messages in progress as they are stored, with what has come since. */
  #written({ messages }: RunState): Message[] {
    const draft = this.#draft?.message;
    return messages.map((message) =>
      message.id === draft?.id ? { ...message, content: draft.content } : message
    );
  }

  #flush(): void {
    this.#move("in_progress", (state) => ({ messages: this.#written(state) }), () => [])
      // The text is stored once more when the message ends, and what fails then counts.
      .catch(() => {});
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

/** Whether a run can still be cancelled. */
export function isCancellable(run: Run): boolean {
  return isActive(run) && run.status !== "cancelling";
}

/** What a change means to those who listen: messages first, the run last. */
function eventsOf({ messages = [], steps = [], run }: RunChange): RunEvent[] {
  return [...messages, ...steps, ...run ? [run] : []].map(statusEvent);
}
