/** The events of what a run writes, until it is done: that it begins, and what is added. */

import type OpenAI from "openai";
import type { Message, RunStep } from "../../../store/mod.ts";
import type { RunEvent } from "../../objects/events.ts";

/** A step has begun, and perhaps a message in it. */
export function beginnings(step: RunStep, message: Message | undefined): RunEvent[] {
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

/** A message has grown. */
export function messageDelta(id: string, part: OpenAI.Beta.Threads.MessageContentDelta): RunEvent {
  const data = { id, object: "thread.message.delta" as const, delta: { content: [part] } };
  return { event: "thread.message.delta", data };
}

/** A call has come to a step, or has grown. */
export function callsDelta(id: string, call: OpenAI.Beta.Threads.Runs.ToolCallDelta): RunEvent {
  const step_details = { type: "tool_calls" as const, tool_calls: [call] };
  const data = { id, object: "thread.run.step.delta" as const, delta: { step_details } };
  return { event: "thread.run.step.delta", data };
}
