/** The events of a message or step until it is done: created, in progress, and its deltas. */

import type OpenAI from "openai";
import type { Message, RunStep } from "../../../store/mod.ts";
import type { RunEvent } from "../../objects/events.ts";

/** Returns the events that start a step and the message in it, if it has one. */
export function startEvents(step: RunStep, message: Message | undefined): RunEvent[] {
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

/** Returns the event of an addition to a message. */
export function messageDelta(id: string, part: OpenAI.Beta.Threads.MessageContentDelta): RunEvent {
  const data = { id, object: "thread.message.delta" as const, delta: { content: [part] } };
  return { event: "thread.message.delta", data };
}

/** Returns the event of an addition to a call of a step. */
export function stepDelta(id: string, call: OpenAI.Beta.Threads.Runs.ToolCallDelta): RunEvent {
  const step_details = { type: "tool_calls" as const, tool_calls: [call] };
  const data = { id, object: "thread.run.step.delta" as const, delta: { step_details } };
  return { event: "thread.run.step.delta", data };
}
