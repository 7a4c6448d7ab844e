/** The checks of imported assistants, threads and runs. */

import type { Assistant, Run, Thread } from "../../store/mod.ts";
import {
  MAX_TEXT,
  reasoningEffort,
  responseFormat,
  runStatus,
  temperature,
  toolChoice,
  topP,
  truncationStrategy,
} from "../objects/schemas.ts";
import {
  boolean,
  type Check,
  decimal,
  integer,
  nullable,
  oneOf,
  string,
} from "../objects/validation.ts";
import {
  idOf,
  metadataField,
  name,
  runId,
  threadId,
  time,
  toolResources,
  tools,
  usage,
} from "./_common.ts";
import { knownFields, optionalField, orElse, orNull, required } from "./_fields.ts";

export const assistant: Check<Assistant> = knownFields<Assistant>({
  id: required(idOf("asst")),
  object: required(oneOf(["assistant"])),
  created_at: required(time),
  name: orNull(string({ max: 256 })),
  description: orNull(string({ max: 512 })),
  model: required(name),
  instructions: orNull(string({ max: MAX_TEXT })),
  tools: orElse(tools, []),
  tool_resources: orNull(toolResources),
  metadata: metadataField,
  temperature: { check: temperature, absent: { value: 1 } },
  top_p: { check: topP, absent: { value: 1 } },
  response_format: orElse(responseFormat, "auto"),
  reasoning_effort: { check: reasoningEffort, absent: { value: null } },
});

export const thread: Check<Thread> = knownFields<Thread>({
  id: required(threadId),
  object: required(oneOf(["thread"])),
  created_at: required(time),
  metadata: metadataField,
  tool_resources: orNull(toolResources),
});

/** The live API returned reasons and codes that its published schema does not contain. */
const incompleteReason = string() as Check<
  NonNullable<NonNullable<Run["incomplete_details"]>["reason"]>
>;
const errorCode = string() as Check<NonNullable<Run["last_error"]>["code"]>;

export const run: Check<Run> = knownFields<Run>({
  id: required(runId),
  object: required(oneOf(["thread.run"])),
  created_at: required(time),
  thread_id: required(threadId),
  assistant_id: required(string()),
  status: required(runStatus),
  // Only active runs have one, and they are imported as expired.
  required_action: { check: () => null, absent: { value: null } },
  last_error: orNull(knownFields<NonNullable<Run["last_error"]>>({
    code: required(errorCode),
    message: required(string()),
  })),
  expires_at: orNull(time),
  started_at: orNull(time),
  cancelled_at: orNull(time),
  failed_at: orNull(time),
  completed_at: orNull(time),
  incomplete_details: orNull(
    knownFields<NonNullable<Run["incomplete_details"]>>({
      reason: optionalField(incompleteReason),
    }),
  ),
  model: required(name),
  instructions: orElse(string(), ""),
  tools: orElse(tools, []),
  tool_resources: orNull(toolResources),
  metadata: metadataField,
  usage: orNull(usage),
  temperature: { check: nullable(decimal()), absent: { value: 1 } },
  top_p: { check: nullable(decimal()), absent: { value: 1 } },
  max_prompt_tokens: orNull(integer()),
  max_completion_tokens: orNull(integer()),
  truncation_strategy: orElse<Run["truncation_strategy"]>(truncationStrategy, {
    type: "auto",
    last_messages: null,
  }),
  tool_choice: orElse<Run["tool_choice"]>(toolChoice, "auto"),
  parallel_tool_calls: orElse(boolean, true),
  response_format: orElse(responseFormat, "auto"),
  reasoning_effort: { check: reasoningEffort, absent: { value: null } },
});
