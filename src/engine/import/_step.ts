/** The check of imported run steps. */

import type { RunStep } from "../../store/mod.ts";
import { invalid } from "../objects/errors.ts";
import { anyObject, array, byType, type Check, oneOf, string } from "../objects/validation.ts";
import {
  fileReference,
  idOf,
  messageId,
  metadataField,
  runId,
  threadId,
  time,
  usage,
} from "./_common.ts";
import { knownFields, orElse, orNull, required } from "./_fields.ts";

type Details<T> = Extract<RunStep["step_details"], { type: T }>;
type Call<T> = Extract<Details<"tool_calls">["tool_calls"][number], { type: T }>;
type Interpreted = Call<"code_interpreter">["code_interpreter"];
type Output<T> = Extract<Interpreted["outputs"][number], { type: T }>;

const output = byType({
  logs: knownFields<Output<"logs">>({
    type: required(oneOf(["logs"])),
    logs: required(string()),
  }),
  image: knownFields<Output<"image">>({
    type: required(oneOf(["image"])),
    image: required(fileReference),
  }),
});

const call = byType({
  function: knownFields<Call<"function">>({
    id: required(string()),
    type: required(oneOf(["function"])),
    function: required(knownFields<Call<"function">["function"]>({
      name: required(string()),
      arguments: required(string()),
      output: orNull(string()),
    })),
  }),
  code_interpreter: knownFields<Call<"code_interpreter">>({
    id: required(string()),
    type: required(oneOf(["code_interpreter"])),
    code_interpreter: required(knownFields<Interpreted>({
      input: required(string()),
      outputs: orElse(array(output), []),
    })),
  }),
  file_search: knownFields<Call<"file_search">>({
    id: required(string()),
    type: required(oneOf(["file_search"])),
    // Stored as it is: nothing here reads it.
    file_search: required(anyObject as Check<Call<"file_search">["file_search"]>),
  }),
});

const details = byType({
  message_creation: knownFields<Details<"message_creation">>({
    type: required(oneOf(["message_creation"])),
    message_creation: required(
      knownFields<{ message_id: string }>({ message_id: required(messageId) }),
    ),
  }),
  tool_calls: knownFields<Details<"tool_calls">>({
    type: required(oneOf(["tool_calls"])),
    tool_calls: required(array(call)),
  }),
});

/** The live API returned codes that its published schema does not contain. */
const errorCode = string() as Check<NonNullable<RunStep["last_error"]>["code"]>;

const anyStep = knownFields<RunStep>({
  id: required(idOf("step")),
  object: required(oneOf(["thread.run.step"])),
  created_at: required(time),
  thread_id: required(threadId),
  assistant_id: required(string()),
  run_id: required(runId),
  type: required(oneOf(["message_creation", "tool_calls"])),
  status: required(oneOf(["in_progress", "cancelled", "failed", "completed", "expired"])),
  step_details: required(details),
  last_error: orNull(knownFields<NonNullable<RunStep["last_error"]>>({
    code: required(errorCode),
    message: required(string()),
  })),
  expired_at: orNull(time),
  cancelled_at: orNull(time),
  failed_at: orNull(time),
  completed_at: orNull(time),
  metadata: metadataField,
  usage: orNull(usage),
});

/** A run step whose details match its type. */
export const step: Check<RunStep> = (value, path) => {
  const step = anyStep(value, path);
  if (step.type === step.step_details.type) return step;
  throw invalid(`Invalid 'type': '${step.type}'. Its step_details have another type.`, "type");
};
