/** The objects of the contract as they begin, with every field that it requires. */

import type { Assistant, Message, Page, Run, RunStep, Thread } from "../../store/mod.ts";
import { newId } from "../../shared/ids.ts";
import type { MessageBody } from "./schemas.ts";

/** A run may take ten minutes. */
const RUN_LIFETIME_S = 600;

export type Owned = Pick<Run, "thread_id" | "assistant_id"> & { run_id: string };

export function newThread(
  { tool_resources, metadata }: Pick<Thread, "tool_resources" | "metadata">,
  now: number,
): Thread {
  return { id: newId("thread"), object: "thread", created_at: now, tool_resources, metadata };
}

/** A message that a client adds. */
export function newMessage(threadId: string, body: MessageBody, now: number): Message {
  return {
    ...blankMessage(threadId, now),
    status: "completed",
    completed_at: now,
    role: body.role,
    content: typeof body.content === "string"
      ? [textPart(body.content)]
      : body.content.map(contentOf),
    attachments: body.attachments ?? [],
    metadata: body.metadata ?? {},
  };
}

/** A message that a run begins to write. */
export function runMessage({ thread_id, assistant_id, run_id }: Owned, now: number): Message {
  return { ...blankMessage(thread_id, now), assistant_id, run_id };
}

/** The step of a run in which it writes a message. */
export function messageStep(owned: Owned, messageId: string, now: number): RunStep {
  const message_creation = { message_id: messageId };
  return newStep(owned, { type: "message_creation", message_creation }, now);
}

/** The step of a run in which it calls functions. */
export function callsStep(owned: Owned, now: number): RunStep {
  return newStep(owned, { type: "tool_calls", tool_calls: [] }, now);
}

function newStep(owned: Owned, step_details: RunStep["step_details"], now: number): RunStep {
  return {
    id: newId("step"),
    object: "thread.run.step",
    created_at: now,
    ...owned,
    type: step_details.type,
    status: "in_progress",
    step_details,
    last_error: null,
    expired_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    metadata: {},
    usage: null,
  };
}

/** What a run is made of: all else is the same for every run that begins. */
export type NewRunFields = Pick<
  Run,
  | "thread_id"
  | "assistant_id"
  | "model"
  | "instructions"
  | "tools"
  | "tool_resources"
  | "metadata"
  | "temperature"
  | "top_p"
  | "max_prompt_tokens"
  | "max_completion_tokens"
  | "truncation_strategy"
  | "tool_choice"
  | "parallel_tool_calls"
  | "response_format"
  | "reasoning_effort"
>;

export function newRun(
  { thread_id, assistant_id, ...plan }: NewRunFields,
  now: number,
): Run {
  return {
    id: newId("run"),
    object: "thread.run",
    created_at: now,
    thread_id,
    assistant_id,
    status: "queued",
    required_action: null,
    last_error: null,
    expires_at: now + RUN_LIFETIME_S,
    started_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    incomplete_details: null,
    usage: null,
    ...plan,
  };
}

export type AssistantFields = Omit<Assistant, "id" | "object" | "created_at">;

export function newAssistant(fields: AssistantFields, now: number): Assistant {
  return { id: newId("asst"), object: "assistant", created_at: now, ...fields };
}

/** A page as the contract writes lists. */
export function listObject<T extends { id: string }>({ data, has_more }: Page<T>) {
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more,
  };
}

export function deletedObject(kind: "assistant" | "thread" | "thread.message", id: string) {
  return { id, object: `${kind}.deleted`, deleted: true };
}

function blankMessage(threadId: string, now: number): Message {
  return {
    id: newId("msg"),
    object: "thread.message",
    created_at: now,
    thread_id: threadId,
    status: "in_progress",
    incomplete_details: null,
    completed_at: null,
    incomplete_at: null,
    role: "assistant",
    content: [],
    assistant_id: null,
    run_id: null,
    attachments: [],
    metadata: {},
  };
}

type Part = Exclude<MessageBody["content"], string>[number];

function contentOf(part: Part): Message["content"][number] {
  switch (part.type) {
    case "text":
      return textPart(part.text);
    case "image_file":
      return { type: "image_file", image_file: { detail: "auto", ...part.image_file } };
    case "image_url":
      return { type: "image_url", image_url: { detail: "auto", ...part.image_url } };
  }
}

function textPart(value: string): Message["content"][number] {
  return { type: "text", text: { value, annotations: [] } };
}
