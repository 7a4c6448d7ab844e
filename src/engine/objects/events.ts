/** The event bus of the runs of this process. */

import type OpenAI from "openai";

/** An event as the Assistants API streams it. */
export type RunEvent = OpenAI.Beta.AssistantStreamEvent;

/** Receives the events of one run, in order. Must not throw and must not change the events. */
export interface Listener {
  emit(event: RunEvent): void;
  /** Another process has taken the run over: no more events follow here. */
  handOff(): void;
}

/** Delivers the events of runs to their listeners. */
export class RunEvents {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Whether a run has listeners. Without any, events need not be created. */
  hasListeners(runId: string): boolean {
    return this.#listeners.has(runId);
  }

  /** Subscribes to a run. Returns a function that unsubscribes. */
  listen(runId: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(runId) ?? new Set();
    this.#listeners.set(runId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(runId) === listeners) {
        this.#listeners.delete(runId);
      }
    };
  }

  /** Delivers an event to the listeners of a run. */
  emit(runId: string, event: RunEvent): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener.emit(event);
  }

  /** Tells the listeners of a run that another process has taken it over. */
  handOff(runId: string): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener.handOff();
  }
}

/** Returns the event that announces an object's current status. */
export function statusEvent(
  object: OpenAI.Beta.Threads.Run | OpenAI.Beta.Threads.Message | OpenAI.Beta.Threads.Runs.RunStep,
): RunEvent {
  // The contract forms all event names this way.
  return { event: `${object.object}.${object.status}`, data: object } as RunEvent;
}

/** Whether an event is the last of its stream: the run has ended or requires action. */
export function isLast({ event }: RunEvent): boolean {
  switch (event) {
    case "thread.run.requires_action":
    case "thread.run.completed":
    case "thread.run.incomplete":
    case "thread.run.failed":
    case "thread.run.cancelled":
    case "thread.run.expired":
    case "error":
      return true;
    default:
      return false;
  }
}

/** Receives the events of one stream. */
export interface Sink {
  /** Sends an event. The stream closes after the last event of a run. */
  send(event: RunEvent): void;
  /** Ends the stream with an error. */
  fail(error: unknown): void;
}

/** Starts sending to a sink. Returns a function that stops it. */
export type Source = (sink: Sink) => () => void;
