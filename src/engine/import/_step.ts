/** A run step that comes from elsewhere, and the calls in it. */

import type { RunStep } from "../../store/mod.ts";
import { invalid } from "../objects/errors.ts";
import { anyObject, array, byType, type Check, oneOf, string } from "../objects/validation.ts";
import { fileReference, idOf, kept, messageId, runId, threadId, time, usage } from "./_common.ts";
import { orElse, orNull, required, saved } from "./_fields.ts";

type Details<T> = Extract<RunStep["step_details"], { type: T }>;
type Call<T> = Extract<Details<"tool_calls">["tool_calls"][number], { type: T }>;
type Interpreted = Call<"code_interpreter">["code_interpreter"];
type Output<T> = Extract<Interpreted["outputs"][number], { type: T }>;

const output = byType({
  logs: saved<Output<"logs">>({
    type: required(oneOf(["logs"])),
    logs: required(string()),
  }),
  image: saved<Output<"image">>({
    type: required(oneOf(["image"])),
    image: required(fileReference),
  }),
});

const call = byType({
  function: saved<Call<"function">>({
    id: required(string()),
    type: required(oneOf(["function"])),
    function: required(saved<Call<"function">["function"]>({
      name: required(string()),
      arguments: required(string()),
      output: orNull(string()),
    })),
  }),
  code_interpreter: saved<Call<"code_interpreter">>({
    id: required(string()),
    type: required(oneOf(["code_interpreter"])),
    code_interpreter: required(saved<Interpreted>({
      input: required(string()),
      outputs: orElse(array(output), []),
    })),
  }),
  file_search: saved<Call<"file_search">>({
    id: required(string()),
    type: required(oneOf(["file_search"])),
    // As wide as the contract, and nothing here reads it.
    file_search: required(anyObject as Check<Call<"file_search">["file_search"]>),
  }),
});

const details = byType({
  message_creation: saved<Details<"message_creation">>({
    type: required(oneOf(["message_creation"])),
    message_creation: required(saved<{ message_id: string }>({ message_id: required(messageId) })),
  }),
  tool_calls: saved<Details<"tool_calls">>({
    type: required(oneOf(["tool_calls"])),
    tool_calls: required(array(call)),
  }),
});

/** The live API has answered codes that its published schema does not name. */
const errorCode = string() as Check<NonNullable<RunStep["last_error"]>["code"]>;

const anyStep = saved<RunStep>({
  id: required(idOf("step")),
  object: required(oneOf(["thread.run.step"])),
  created_at: required(time),
  thread_id: required(threadId),
  assistant_id: required(string()),
  run_id: required(runId),
  type: required(oneOf(["message_creation", "tool_calls"])),
  status: required(oneOf(["in_progress", "cancelled", "failed", "completed", "expired"])),
  step_details: required(details),
  last_error: orNull(saved<NonNullable<RunStep["last_error"]>>({
    code: required(errorCode),
    message: required(string()),
  })),
  expired_at: orNull(time),
  cancelled_at: orNull(time),
  failed_at: orNull(time),
  completed_at: orNull(time),
  metadata: kept,
  usage: orNull(usage),
});

/** A run step, whose details are of its type. */
export const step: Check<RunStep> = (value, path) => {
  const step = anyStep(value, path);
  if (step.type === step.step_details.type) return step;
  throw invalid(`Invalid 'type': '${step.type}'. Its step_details are of another.`, "type");
};
