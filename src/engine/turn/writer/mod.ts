/**
 * What a run writes: its messages and its calls, each in a step of its own, one after the other.
 *
 * What is written is told at once and stored a little later. The step of a response's function calls
 * stays open until they are answered; the steps of what comes after the calls are stored and not
 * told: those who listen can follow no more than one step at a time.
 */

import { type Clock, unixSeconds } from "../../../shared/clock.ts";
import type { Message, Run, RunChange, RunState, RunStep } from "../../../store/mod.ts";
import type { RunEvent } from "../../objects/events.ts";
import { callsStep, messageStep, type Owned, runMessage } from "../../objects/new_objects.ts";
import { completeMessage, completeStep, eventsOf } from "../../objects/transitions.ts";
import { CallsDraft } from "./_calls_draft.ts";
import { Draft, type PartType, type Reference } from "./_message_draft.ts";
import { beginnings, callsDelta, messageDelta } from "./_events.ts";
import { type HostedCall, HostedDraft } from "./_hosted_draft.ts";

export type { PartType } from "./_message_draft.ts";
export type { HostedCall } from "./_hosted_draft.ts";

/**
 * How often what has come is stored while more is coming. Nobody who follows the run waits for it;
 * each time costs as much as telling a few deltas.
 */
const FLUSH_MS = 1000;

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

export class Writer {
  readonly #hand: Hand;
  /** The step that is open, unless it is one of function calls. */
  #step: RunStep | undefined;
  #draft: Draft | undefined;
  #calls: CallsDraft | undefined;
  #hosted: HostedDraft | undefined;
  /** The ids of the steps that nobody is told of. */
  readonly #untold = new Set<string>();
  #callOffFlush: (() => void) | undefined;

  constructor(hand: Hand) {
    this.#hand = hand;
  }

  /** The message that is being written, if one is. */
  get draft(): Draft | undefined {
    return this.#draft;
  }

  /** The function calls of the step that is open, if there is one. */
  get calls(): CallsDraft["calls"] | undefined {
    return this.#calls?.calls;
  }

  /** Begins a message in a step of its own, after completing those before it. */
  async openMessage(): Promise<void> {
    const now = unixSeconds(this.#hand.clock);
    const message = runMessage(this.#owned, now);
    await this.#open(messageStep(this.#owned, message.id, now), { draft: new Draft(message) });
  }

  /** Begins the step of function calls, after completing those before it. */
  async openCalls(): Promise<void> {
    const step = callsStep(this.#owned, unixSeconds(this.#hand.clock));
    await this.#open(step, { calls: new CallsDraft(step) });
  }

  /** Begins a step of a call that runs at the upstream, after completing those before it. */
  async openHosted(call: HostedCall): Promise<void> {
    const step = callsStep(this.#owned, unixSeconds(this.#hand.clock));
    const hosted = new HostedDraft(step, call);
    await this.#open(step, { hosted });
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

  /** Completes the open step of a hosted call with what has become of the call. */
  async closeHosted(call: HostedCall): Promise<void> {
    const hosted = this.#hosted;
    if (hosted === undefined) return;
    const { id } = hosted;
    let change: RunChange = {};
    await this.#hand.change(({ steps }) => {
      const now = unixSeconds(this.#hand.clock);
      const step_details = { type: "tool_calls" as const, tool_calls: [call] };
      const step = steps.find((step) => step.id === id);
      return change = { steps: step ? [completeStep({ ...step, step_details }, now)] : [] };
    }, () => {
      this.#hosted = undefined;
      this.#step = undefined;
      const deltas = hosted.finish(call).map((delta) => callsDelta(id, delta));
      return this.told([...deltas, ...eventsOf(change)]);
    });
  }

  /** Adds to the open message. */
  write(place: number, type: PartType, added: string): void {
    if (added !== "") this.#draw((draft) => draft.add(place, type, added));
  }

  /** Adds a citation or a path to the open message. */
  refer(place: number, reference: Reference): void {
    this.#draw((draft) => draft.refer(place, reference));
  }

  /** Adds to the open message what has waited for text that has not come. */
  settle(): void {
    this.#draw((draft) => draft.settle());
  }

  addImage(file_id: string): void {
    this.#draw((draft) => [draft.addImage(file_id)]);
  }

  /** Adds to the code of the open hosted call. */
  writeCode(added: string): void {
    const hosted = this.#hosted;
    if (this.#hand.over() || hosted === undefined) return;
    const delta = hosted.write(added);
    if (delta === undefined) return;
    if (!this.#untold.has(hosted.id)) this.#hand.tell(() => callsDelta(hosted.id, delta));
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
    const drafts = [this.#calls, this.#hosted];
    return {
      messages: messages.map((message) =>
        message.id === draft?.id ? { ...message, content: draft.content } : message
      ),
      steps: steps.map((step) => {
        const written = drafts.find((draft) => draft?.id === step.id);
        return written ? { ...step, step_details: written.step_details } : step;
      }),
    };
  }

  /** The events that may be told: all but those of steps which nobody is told of. */
  told(events: RunEvent[]): RunEvent[] {
    if (this.#untold.size === 0) return events;
    return events.filter(({ data }) => !("id" in data) || !this.#untold.has(data.id));
  }

  /** What is open, as last told. */
  get open(): { messages: Message[]; steps: RunStep[] } {
    const step = this.#calls?.step ?? this.#hosted?.step ?? this.#step;
    return { messages: this.#draft ? [this.#draft.message] : [], steps: step ? [step] : [] };
  }

  /** Stores nothing more by itself. */
  stop(): void {
    this.#callOffFlush?.();
  }

  async #open(
    step: RunStep,
    { draft, calls, hosted }: { draft?: Draft; calls?: CallsDraft; hosted?: HostedDraft },
  ): Promise<void> {
    const message = draft?.message;
    const pending = this.#calls?.id;
    if (pending !== undefined) this.#untold.add(step.id);
    let before: { messages: Message[]; steps: RunStep[] } = { messages: [], steps: [] };
    await this.#hand.change((state) => {
      const now = unixSeconds(this.#hand.clock);
      const { messages, steps } = this.written(state);
      before = {
        messages: messages.map((message) => completeMessage(message, now)),
        steps: steps.filter(({ id }) => id !== pending).map((step) => completeStep(step, now)),
      };
      return {
        messages: [...before.messages, ...message ? [message] : []],
        steps: [...before.steps, hosted?.step ?? step],
      };
    }, () => {
      this.#step = step;
      this.#draft = draft;
      this.#calls ??= calls;
      this.#hosted = hosted;
      const first = hosted ? [callsDelta(step.id, hosted.first)] : [];
      return this.told([...eventsOf(before), ...beginnings(step, message), ...first]);
    });
  }

  /** Changes the open message, and tells what that adds. */
  #draw(change: (draft: Draft) => ReturnType<Draft["add"]>): void {
    const draft = this.#draft;
    if (this.#hand.over() || draft === undefined) return;
    const parts = change(draft);
    for (const part of parts) this.#hand.tell(() => messageDelta(draft.id, part));
    if (parts.length > 0) this.#flushLater();
  }

  #flushLater(): void {
    this.#callOffFlush ??= this.#hand.clock.after(FLUSH_MS, () => {
      this.#callOffFlush = undefined;
      this.#hand.change((state) => this.#news(state), () => [])
        // It is stored once more at the end, and what fails then counts.
        .catch(() => {});
    });
  }

  /** What has come to that which is stored. */
  #news(state: RunState): RunChange {
    const { messages, steps } = this.written(state);
    return {
      messages: messages.filter((message) => !state.messages.includes(message)),
      steps: steps.filter((step) => !state.steps.includes(step)),
    };
  }

  get #owned(): Owned {
    const { id: run_id, thread_id, assistant_id } = this.#hand.run();
    return { run_id, thread_id, assistant_id };
  }
}
