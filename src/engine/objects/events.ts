/** The events of the runs in this process, told to whoever listens, in their order. */

import type OpenAI from "openai";

/** An event as the Assistants API streams it. */
export type RunEvent = OpenAI.Beta.AssistantStreamEvent;

/** It must not throw, and must not change what it is told. */
export interface Listener {
  tell(event: RunEvent): void;
  /** The run goes on elsewhere: there is nothing more to hear of it here. */
  leave(): void;
}

export class RunEvents {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Whether anybody listens to a run; events that nobody hears need not be made. */
  heard(runId: string): boolean {
    return this.#listeners.has(runId);
  }

  /** Returns what ends the listening. */
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

  tell(runId: string, event: RunEvent): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener.tell(event);
  }

  leave(runId: string): void {
    for (const listener of this.#listeners.get(runId) ?? []) listener.leave();
  }
}

/** An event of an object, by the status in which it is. */
export function statusEvent(
  object: OpenAI.Beta.Threads.Run | OpenAI.Beta.Threads.Message | OpenAI.Beta.Threads.Runs.RunStep,
): RunEvent {
  // The names of the contract's events are made in just this way.
  return { event: `${object.object}.${object.status}`, data: object } as RunEvent;
}

/** Whether a stream of events ends here: the run has settled, or waits for its client. */
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

/** Where the events of one stream go in. */
export interface Sink {
  /** Sends an event; after the last one of a run the stream ends by itself. */
  send(event: RunEvent): void;
  /** Ends the stream with an error. */
  fail(error: unknown): void;
}

/** Starts sending, and returns what stops it. */
export type Source = (sink: Sink) => () => void;
