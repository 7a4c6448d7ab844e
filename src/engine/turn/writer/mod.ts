/**
 * Writes a run's messages and tool calls, each as its own step, one after the other.
 *
 * Additions are emitted at once and stored at most `FLUSH_MS` later. The step of a response's
 * function calls stays open until they are answered. Steps after it are stored but not emitted,
 * because clients of the Assistants API follow only one open step at a time.
 */

import { type Clock, unixSeconds } from "../../../shared/clock.ts";
import type { Run, RunChange, RunState, RunStep } from "../../../store/mod.ts";
import type { RunEvent } from "../../objects/events.ts";
import { callsStep, messageStep, runMessage, type StepOwner } from "../../objects/new_objects.ts";
import { completeMessage, completeStep, eventsOf } from "../../objects/transitions.ts";
import { CallsDraft } from "./_calls_draft.ts";
import { messageDelta, startEvents, stepDelta } from "./_events.ts";
import { type Drafts, mergeDrafts, type OpenObjects, unstored } from "./_drafts.ts";
import { type HostedCall, HostedDraft } from "./_hosted_draft.ts";
import { MessageDraft, type PartType, type Reference } from "./_message_draft.ts";

export type { HostedCall } from "./_hosted_draft.ts";
export type { PartType } from "./_message_draft.ts";

/**
 * How long additions may stay unstored, in milliseconds. Followers do not wait for the store, and
 * each write costs as much as emitting a few deltas.
 */
const FLUSH_MS = 1000;

/** The run that a writer writes for. */
export interface RunHandle {
  readonly clock: Clock;
  run(): Run;
  /** Whether the run accepts no more changes. */
  isClosed(): boolean;
  /** Stores a change while the run is in progress, then emits its events. */
  change(change: (state: RunState) => RunChange, events: () => RunEvent[]): Promise<void>;
  /** Emits an event of something that is not stored yet, if the run has listeners. */
  emit(event: () => RunEvent): void;
}

/** Turns the output of a response into messages and run steps. */
export class Writer {
  readonly #run: RunHandle;
  /** The open step, unless it holds function calls. */
  #step: RunStep | undefined;
  #message: MessageDraft | undefined;
  #calls: CallsDraft | undefined;
  #hosted: HostedDraft | undefined;
  /** The ids of the steps whose events are not emitted. */
  readonly #hiddenSteps = new Set<string>();
  #cancelFlush: (() => void) | undefined;

  constructor(run: RunHandle) {
    this.#run = run;
  }

  /** The upstream's text of a part of the open message so far. */
  textAt(contentIndex: number): string {
    return this.#message?.textAt(contentIndex) ?? "";
  }

  /** Opens a message in its own step, and completes the open ones. */
  async openMessage(): Promise<void> {
    const now = unixSeconds(this.#run.clock);
    const message = runMessage(this.#owner, now);
    const step = messageStep(this.#owner, message.id, now);
    await this.#open(step, { message: new MessageDraft(message) });
  }

  /** Opens the step of function calls, and completes the open ones. */
  async openCalls(): Promise<void> {
    const step = callsStep(this.#owner, unixSeconds(this.#run.clock));
    await this.#open(step, { calls: new CallsDraft(step) });
  }

  /** Opens the step of a hosted call, and completes the open ones. */
  async openHosted(call: HostedCall): Promise<void> {
    const step = callsStep(this.#owner, unixSeconds(this.#run.clock));
    await this.#open(step, { hosted: new HostedDraft(step, call) });
  }

  /** Completes the open message. Its step stays open for the usage, which arrives at the end. */
  async completeMessage(): Promise<void> {
    if (this.#message === undefined) return;
    let change: RunChange = {};
    await this.#run.change((state) => {
      const now = unixSeconds(this.#run.clock);
      const { messages } = this.withDrafts(state);
      return change = { messages: messages.map((message) => completeMessage(message, now)) };
    }, () => {
      this.#message = undefined;
      return eventsOf(change);
    });
  }

  /** Completes the step of the open hosted call with the finished call. */
  async closeHosted(call: HostedCall): Promise<void> {
    const hosted = this.#hosted;
    if (hosted === undefined) return;
    const { id } = hosted;
    let change: RunChange = {};
    await this.#run.change(({ steps }) => {
      const now = unixSeconds(this.#run.clock);
      const step_details = { type: "tool_calls" as const, tool_calls: [call] };
      const step = steps.find((step) => step.id === id);
      return change = { steps: step ? [completeStep({ ...step, step_details }, now)] : [] };
    }, () => {
      this.#hosted = undefined;
      this.#step = undefined;
      const deltas = hosted.finish(call).map((delta) => stepDelta(id, delta));
      return this.visible([...deltas, ...eventsOf(change)]);
    });
  }

  /** Appends to a part of the open message, by its content index at the upstream. */
  write(contentIndex: number, type: PartType, added: string): void {
    if (added !== "") this.#updateMessage((message) => message.add(contentIndex, type, added));
  }

  /** Adds a citation or a path to a text part of the open message. */
  annotate(contentIndex: number, reference: Reference): void {
    this.#updateMessage((message) => message.annotate(contentIndex, reference));
  }

  /** Adds the references of the open message that still wait for text. */
  flushReferences(): void {
    this.#updateMessage((message) => message.flushReferences());
  }

  /** Adds an image to the open message. */
  addImage(file_id: string): void {
    this.#updateMessage((message) => [message.addImage(file_id)]);
  }

  /** Appends to the code of the open hosted call. */
  writeCode(added: string): void {
    const hosted = this.#hosted;
    if (this.#run.isClosed() || hosted === undefined) return;
    const delta = hosted.write(added);
    if (delta === undefined) return;
    if (!this.#hiddenSteps.has(hosted.id)) this.#run.emit(() => stepDelta(hosted.id, delta));
    this.#scheduleFlush();
  }

  /** Adds a call to the open step of function calls. */
  addCall(id: string, name: string): void {
    this.#updateCalls((calls) => calls.add(id, name));
  }

  /** Appends to the arguments of a call, by its index in the step. */
  writeCall(index: number, added: string): void {
    if (added !== "") this.#updateCalls((calls) => calls.write(index, added));
  }

  /** Sets the complete arguments of a call, of which some may have been written before. */
  finishCall(index: number, complete: string): void {
    const received = this.#calls?.calls[index]?.function.arguments ?? "";
    if (complete.startsWith(received)) this.writeCall(index, complete.slice(received.length));
    else if (complete !== "") this.#calls?.replaceArguments(index, complete);
  }

  /** Returns the stored objects in progress, with everything written since they were stored. */
  withDrafts(state: RunState): OpenObjects {
    return mergeDrafts(state, {
      message: this.#message,
      calls: this.#calls,
      hosted: this.#hosted,
    });
  }

  /** Returns the events without those of hidden steps. */
  visible(events: RunEvent[]): RunEvent[] {
    if (this.#hiddenSteps.size === 0) return events;
    return events.filter(({ data }) => !("id" in data) || !this.#hiddenSteps.has(data.id));
  }

  /** The open message and step, as last emitted. */
  get openObjects(): OpenObjects {
    const step = this.#calls?.step ?? this.#hosted?.step ?? this.#step;
    return { messages: this.#message ? [this.#message.message] : [], steps: step ? [step] : [] };
  }

  /** Cancels the scheduled flush. */
  stop(): void {
    this.#cancelFlush?.();
  }

  async #open(step: RunStep, { message: draft, calls, hosted }: Drafts): Promise<void> {
    const message = draft?.message;
    const pendingStep = this.#calls?.id;
    if (pendingStep !== undefined) this.#hiddenSteps.add(step.id);
    let completed: OpenObjects = { messages: [], steps: [] };
    await this.#run.change((state) => {
      const now = unixSeconds(this.#run.clock);
      const { messages, steps } = this.withDrafts(state);
      completed = {
        messages: messages.map((message) => completeMessage(message, now)),
        steps: steps.filter(({ id }) => id !== pendingStep).map((step) => completeStep(step, now)),
      };
      return {
        messages: [...completed.messages, ...message ? [message] : []],
        steps: [...completed.steps, hosted?.step ?? step],
      };
    }, () => {
      this.#step = step;
      this.#message = draft;
      this.#calls ??= calls;
      this.#hosted = hosted;
      const firstDelta = hosted ? [stepDelta(step.id, hosted.initialDelta)] : [];
      return this.visible([...eventsOf(completed), ...startEvents(step, message), ...firstDelta]);
    });
  }

  /** Changes the open message and emits the deltas. */
  #updateMessage(change: (message: MessageDraft) => ReturnType<MessageDraft["add"]>): void {
    const message = this.#message;
    if (this.#run.isClosed() || message === undefined) return;
    const deltas = change(message);
    for (const delta of deltas) this.#run.emit(() => messageDelta(message.id, delta));
    if (deltas.length > 0) this.#scheduleFlush();
  }

  /** Changes the open step of function calls and emits the delta. */
  #updateCalls(change: (calls: CallsDraft) => ReturnType<CallsDraft["add"]>): void {
    const calls = this.#calls;
    if (this.#run.isClosed() || calls === undefined) return;
    const delta = change(calls);
    this.#run.emit(() => stepDelta(calls.id, delta));
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    this.#cancelFlush ??= this.#run.clock.after(FLUSH_MS, () => {
      this.#cancelFlush = undefined;
      this.#run.change((state) => unstored(state, this.withDrafts(state)), () => [])
        // Everything is stored again when the run ends, and that failure is reported.
        .catch(() => {});
    });
  }

  get #owner(): StepOwner {
    const { id: run_id, thread_id, assistant_id } = this.#run.run();
    return { run_id, thread_id, assistant_id };
  }
}
