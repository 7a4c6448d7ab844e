/** The objects of the Assistants API, as the store and the engine exchange them. */

import type OpenAI from "openai";

export type Assistant = OpenAI.Beta.Assistant & { reasoning_effort: string | null };
export type Thread = OpenAI.Beta.Thread;
export type Message = OpenAI.Beta.Threads.Message;
export type Run = OpenAI.Beta.Threads.Run & {
  reasoning_effort: string | null;
  tool_resources: OpenAI.Beta.Thread["tool_resources"];
};
export type RunStep = OpenAI.Beta.Threads.Runs.RunStep;

/** Object types by kind. */
export interface Objects {
  assistant: Assistant;
  thread: Thread;
  message: Message;
  run: Run;
  step: RunStep;
}

export type Kind = keyof Objects;

/** Statuses in which a run is active; a thread has at most one active run. */
export const ACTIVE_STATUSES = ["queued", "in_progress", "requires_action", "cancelling"] as const;
