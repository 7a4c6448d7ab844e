/** Creates the objects of the contract, with every required field. */

import type { Assistant, Message, Page, Run, RunStep, Thread } from "../../store/mod.ts";
import { newId } from "../../shared/ids.ts";
import type { MessageBody } from "./message_schemas.ts";

/** A run expires ten minutes after its creation, as in the Assistants API. */
const RUN_LIFETIME_S = 600;

/** The ids that every message and step of a run carries. */
export type StepOwner = Pick<Run, "thread_id" | "assistant_id"> & { run_id: string };

/** Creates a thread. @param now unix seconds */
export function newThread(
  { tool_resources, metadata }: Pick<Thread, "tool_resources" | "metadata">,
  now: number,
): Thread {
  return { id: newId("thread"), object: "thread", created_at: now, tool_resources, metadata };
}

/** Creates a message that a client adds. @param now unix seconds */
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

/** Creates an empty message of a run. @param now unix seconds */
export function runMessage({ thread_id, assistant_id, run_id }: StepOwner, now: number): Message {
  return { ...blankMessage(thread_id, now), assistant_id, run_id };
}

/** Creates the step in which a run writes a message. @param now unix seconds */
export function messageStep(owner: StepOwner, messageId: string, now: number): RunStep {
  const message_creation = { message_id: messageId };
  return newStep(owner, { type: "message_creation", message_creation }, now);
}

/** Creates the step in which a run calls tools, without calls. @param now unix seconds */
export function callsStep(owner: StepOwner, now: number): RunStep {
  return newStep(owner, { type: "tool_calls", tool_calls: [] }, now);
}

function newStep(owner: StepOwner, step_details: RunStep["step_details"], now: number): RunStep {
  return {
    id: newId("step"),
    object: "thread.run.step",
    created_at: now,
    ...owner,
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

/** The fields in which new runs differ. */
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

/** Creates a queued run. @param now unix seconds */
export function newRun(
  { thread_id, assistant_id, ...fields }: NewRunFields,
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
    ...fields,
  };
}

export type AssistantFields = Omit<Assistant, "id" | "object" | "created_at">;

/** Creates an assistant. @param now unix seconds */
export function newAssistant(fields: AssistantFields, now: number): Assistant {
  return { id: newId("asst"), object: "assistant", created_at: now, ...fields };
}

/** Returns a page as the list object of the contract. */
export function listObject<T extends { id: string }>({ data, has_more }: Page<T>) {
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more,
  };
}

/** Returns the object that the contract returns for a deletion. */
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
