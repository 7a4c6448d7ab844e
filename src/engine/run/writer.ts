/**
 * What a run writes: its messages and its calls, each in a step of its own, one after the other.
 *
 * What is written is told at once and stored a little later.
 */

import type { Message, Run, RunChange, RunState, RunStep } from "../../store/mod.ts";
import { type Clock, unixSeconds } from "../../clock.ts";
import type { RunEvent } from "../events.ts";
import { callsStep, messageStep, type Owned, runMessage } from "../objects.ts";
import { CallsDraft } from "./calls_draft.ts";
import { Draft } from "./draft.ts";
import { completeMessage, completeStep, eventsOf } from "./outcome.ts";

/** How often what has come is stored while more is coming. */
const FLUSH_MS = 200;

/** The run under the writer. */
export interface Hand {
  readonly clock: Clock;
  run(): Run;
  /** Whether nothing may be added any more. */
  over(): boolean;
  /** Makes a change while the run is in progress, and tells of it. */
  change(change: (state: RunState) => RunChange, events: () => RunEvent[]): Promise<void>;
  /** Tells of something that is yet to be stored, if anybody listens. */
  tell(event: () => RunEvent): void;
}

export type TextType = "text" | "refusal";

/** A message that came whole. */
export type Part = readonly [type: TextType, text: string];

export class Writer {
  readonly #hand: Hand;
  #step: RunStep | undefined;
  #draft: Draft | undefined;
  #calls: CallsDraft | undefined;
  #callOffFlush: (() => void) | undefined;

  constructor(hand: Hand) {
    this.#hand = hand;
  }

  /** The message that is being written, if one is. */
  get draft(): Draft | undefined {
    return this.#draft;
  }

  /** The calls of the step that is open, if it is one of calls. */
  get calls(): CallsDraft["calls"] | undefined {
    return this.#calls?.calls;
  }

  /** Begins a message in a step of its own, after completing those before it. */
  async openMessage(): Promise<void> {
    const now = unixSeconds(this.#hand.clock);
    const message = runMessage(this.#owned, now);
    await this.#open(messageStep(this.#owned, message.id, now), message);
  }

  /** Begins a step of calls, after completing those before it. */
  async openCalls(): Promise<void> {
    await this.#open(callsStep(this.#owned, unixSeconds(this.#hand.clock)));
  }

  /** Completes the open message; its step stays open for the usage, which comes at the end. */
  async completeMessage(): Promise<void> {
    if (this.#draft === undefined) return;
    let change: RunChange = {};
    await this.#hand.change((state) => {
      const now = unixSeconds(this.#hand.clock);
      const { messages } = this.written(state);
      return change = { messages: messages.map((message) => completeMessage(message, now)) };
    }, () => {
      this.#draft = undefined;
      return eventsOf(change);
    });
  }

  /**
   * Adds a message that is whole beside an open step of calls. Its own step is stored and not told:
   * those who listen can follow no more than one step at a time.
   */
  async addMessage(parts: readonly Part[]): Promise<void> {
    const now = unixSeconds(this.#hand.clock);
    const begun = runMessage(this.#owned, now);
    const draft = new Draft(begun);
    const deltas = parts.map(([type, text], place) => draft.add(place, type, text));
    const message = completeMessage(draft.message, now);
    const step = completeStep(messageStep(this.#owned, message.id, now), now);
    await this.#hand.change(() => ({ messages: [message], steps: [step] }), () => [
      { event: "thread.message.created", data: begun },
      { event: "thread.message.in_progress", data: begun },
      ...deltas.map((part) => messageDelta(begun.id, part)),
      { event: "thread.message.completed", data: message },
    ]);
  }

  /** Adds to the open message. */
  write(place: number, type: TextType, added: string): void {
    const draft = this.#draft;
    if (this.#hand.over() || draft === undefined || added === "") return;
    const part = draft.add(place, type, added);
    this.#hand.tell(() => messageDelta(draft.id, part));
    this.#flushLater();
  }

  /** Adds a call to the open step of calls. */
  addCall(id: string, name: string): void {
    const calls = this.#calls;
    if (this.#hand.over() || calls === undefined) return;
    const part = calls.add(id, name);
    this.#hand.tell(() => callsDelta(calls.id, part));
    this.#flushLater();
  }

  /** Adds to the arguments of a call. */
  writeCall(index: number, added: string): void {
    const calls = this.#calls;
    if (this.#hand.over() || calls === undefined || added === "") return;
    const part = calls.write(index, added);
    this.#hand.tell(() => callsDelta(calls.id, part));
    this.#flushLater();
  }

  /** The whole arguments of a call, of which some may have come before. */
  finishCall(index: number, whole: string): void {
    const come = this.calls?.[index]?.function.arguments ?? "";
    if (whole.startsWith(come)) this.writeCall(index, whole.slice(come.length));
    else if (whole !== "") this.#calls?.correct(index, whole);
  }

  /** What is stored as in progress, with what has come since. */
  written({ messages, steps }: RunState): { messages: Message[]; steps: RunStep[] } {
    const draft = this.#draft?.message;
    const calls = this.#calls;
    return {
      messages: messages.map((message) =>
        message.id === draft?.id ? { ...message, content: draft.content } : message
      ),
      steps: steps.map((step) =>
        step.id === calls?.id ? { ...step, step_details: calls.step_details } : step
      ),
    };
  }

  /** What is open, as last told. */
  get open(): { messages: Message[]; steps: RunStep[] } {
    const step = this.#calls?.step ?? this.#step;
    return { messages: this.#draft ? [this.#draft.message] : [], steps: step ? [step] : [] };
  }

  /** Stores nothing more by itself. */
  stop(): void {
    this.#callOffFlush?.();
  }

  async #open(step: RunStep, message?: Message): Promise<void> {
    let before: { messages: Message[]; steps: RunStep[] } = { messages: [], steps: [] };
    await this.#hand.change((state) => {
      const now = unixSeconds(this.#hand.clock);
      const { messages, steps } = this.written(state);
      before = {
        messages: messages.map((message) => completeMessage(message, now)),
        steps: steps.map((step) => completeStep(step, now)),
      };
      return {
        messages: [...before.messages, ...message ? [message] : []],
        steps: [...before.steps, step],
      };
    }, () => {
      this.#step = step;
      this.#draft = message && new Draft(message);
      this.#calls = message ? undefined : new CallsDraft(step);
      return [...eventsOf(before), ...beginnings(step, message)];
    });
  }

  #flushLater(): void {
    this.#callOffFlush ??= this.#hand.clock.after(FLUSH_MS, () => {
      this.#callOffFlush = undefined;
      this.#hand.change((state) => this.written(state), () => [])
        // It is stored once more at the end, and what fails then counts.
        .catch(() => {});
    });
  }

  get #owned(): Owned {
    const { id: run_id, thread_id, assistant_id } = this.#hand.run();
    return { run_id, thread_id, assistant_id };
  }
}

function beginnings(step: RunStep, message: Message | undefined): RunEvent[] {
  const events: RunEvent[] = [
    { event: "thread.run.step.created", data: step },
    { event: "thread.run.step.in_progress", data: step },
  ];
  if (message === undefined) return events;
  return [
    ...events,
    { event: "thread.message.created", data: message },
    { event: "thread.message.in_progress", data: message },
  ];
}

function messageDelta(id: string, part: ReturnType<Draft["add"]>): RunEvent {
  const data = { id, object: "thread.message.delta" as const, delta: { content: [part] } };
  return { event: "thread.message.delta", data };
}

function callsDelta(id: string, call: ReturnType<CallsDraft["add"]>): RunEvent {
  const step_details = { type: "tool_calls" as const, tool_calls: [call] };
  const data = { id, object: "thread.run.step.delta" as const, delta: { step_details } };
  return { event: "thread.run.step.delta", data };
}
