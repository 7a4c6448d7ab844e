/** The request bodies of runs, and the run that a request creates. */

import type { Assistant, Run } from "../../store/mod.ts";
import { newRun } from "../objects/new_objects.ts";
import { MAX_MESSAGES, messageBody } from "../objects/message_schemas.ts";
import {
  reasoningEffort,
  responseFormat,
  temperature,
  tool,
  toolChoice,
  toolResources,
  topP,
  truncationStrategy,
} from "../objects/schemas.ts";
import { createThreadBody } from "./threads.ts";
import {
  array,
  boolean,
  type Checked,
  id,
  integer,
  metadata,
  nullable,
  object,
  optional,
  string,
} from "../objects/validation.ts";

const fields = {
  assistant_id: id("asst"),
  model: optional(nullable(string({ min: 1 }))),
  instructions: optional(nullable(string())),
  tools: optional(nullable(array(tool, { max: 20 }))),
  metadata: optional(nullable(metadata)),
  temperature: optional(temperature),
  top_p: optional(topP),
  stream: optional(nullable(boolean)),
  max_prompt_tokens: optional(nullable(integer({ min: 256 }))),
  max_completion_tokens: optional(nullable(integer({ min: 256 }))),
  truncation_strategy: optional(nullable(truncationStrategy)),
  tool_choice: optional(nullable(toolChoice)),
  parallel_tool_calls: optional(boolean),
  response_format: optional(nullable(responseFormat)),
};

/** The body of `POST /threads/{id}/runs`. */
export const createRunBody = object({
  ...fields,
  reasoning_effort: optional(reasoningEffort),
  additional_instructions: optional(nullable(string())),
  additional_messages: optional(nullable(array(messageBody, { max: MAX_MESSAGES }))),
});

/** The body of `POST /threads/runs`. */
export const createThreadAndRunBody = object({
  ...fields,
  thread: optional(createThreadBody),
  tool_resources: optional(nullable(toolResources)),
});

/** The body of `POST /threads/{id}/runs/{id}/submit_tool_outputs`. */
export const submitBody = object({
  tool_outputs: array(object({
    tool_call_id: optional(string()),
    output: optional(string()),
  })),
  stream: optional(nullable(boolean)),
});

/**
 * Creates a run from the fields that both ways of creating one share.
 *
 * @param now unix seconds
 */
export function newRunFromRequest(
  thread_id: string,
  assistant: Assistant,
  body: Pick<Checked<typeof createThreadAndRunBody>, keyof typeof fields>,
  now: number,
): Run {
  return newRun({
    thread_id,
    assistant_id: assistant.id,
    model: body.model ?? assistant.model,
    instructions: body.instructions ?? assistant.instructions ?? "",
    tools: body.tools ?? assistant.tools,
    tool_resources: assistant.tool_resources ?? null,
    metadata: body.metadata ?? {},
    temperature: body.temperature ?? assistant.temperature ?? 1,
    top_p: body.top_p ?? assistant.top_p ?? 1,
    max_prompt_tokens: body.max_prompt_tokens ?? null,
    max_completion_tokens: body.max_completion_tokens ?? null,
    truncation_strategy: { type: "auto", last_messages: null, ...body.truncation_strategy },
    tool_choice: body.tool_choice ?? "auto",
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    response_format: body.response_format ?? assistant.response_format ?? "auto",
    reasoning_effort: assistant.reasoning_effort,
  }, now);
}
