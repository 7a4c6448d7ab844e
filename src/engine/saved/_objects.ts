/** What the objects of the contract may hold when they come from elsewhere. */

import type { Assistant, Message, Run, RunStep, Thread } from "../../store/mod.ts";
import { invalid } from "../errors.ts";
import {
  MAX_TEXT,
  reasoningEffort,
  responseFormat,
  temperature,
  tool,
  toolChoice,
  topP,
  truncationStrategy,
} from "../parts.ts";
import {
  anyObject,
  array,
  boolean,
  byType,
  type Check,
  decimal,
  integer,
  metadata,
  nullable,
  oneOf,
  string,
} from "../validate.ts";
import { ifThere, orElse, orNull, required, saved } from "./_fields.ts";

/** The last second that a date can show. */
const LAST_SECOND = 8_640_000_000_000;

const time = integer({ min: 0, max: LAST_SECOND });
const name = string({ min: 1 });
const tools = array(tool, { max: 128 });

/** What can stand in an address. */
function idOf(prefix: string): Check<string> {
  return string({ max: 128, pattern: new RegExp(`^${prefix}_[A-Za-z0-9_-]+$`) });
}

const assistantId = idOf("asst"), threadId = idOf("thread"), runId = idOf("run");
const messageId = idOf("msg");

const kept = { check: nullable(metadata), absent: { value: {} } };

const toolResources = saved<NonNullable<Thread["tool_resources"]>>({
  code_interpreter: ifThere(saved<{ file_ids?: string[] }>({ file_ids: ifThere(array(name)) })),
  file_search: ifThere(
    saved<{ vector_store_ids?: string[] }>({
      vector_store_ids: ifThere(array(name, { max: 1 })),
    }),
  ),
});

export const assistant: Check<Assistant> = saved<Assistant>({
  id: required(assistantId),
  object: required(oneOf(["assistant"])),
  created_at: required(time),
  name: orNull(string({ max: 256 })),
  description: orNull(string({ max: 512 })),
  model: required(name),
  instructions: orNull(string({ max: MAX_TEXT })),
  tools: orElse(tools, []),
  tool_resources: orNull(toolResources),
  metadata: kept,
  temperature: { check: temperature, absent: { value: 1 } },
  top_p: { check: topP, absent: { value: 1 } },
  response_format: orElse(responseFormat, "auto"),
  reasoning_effort: { check: reasoningEffort, absent: { value: null } },
});

export const thread: Check<Thread> = saved<Thread>({
  id: required(threadId),
  object: required(oneOf(["thread"])),
  created_at: required(time),
  metadata: kept,
  tool_resources: orNull(toolResources),
});

type Part<T extends Message["content"][number]["type"]> = Extract<
  Message["content"][number],
  { type: T }
>;
type Annotation<T> = Extract<Part<"text">["text"]["annotations"][number], { type: T }>;

const detail = ifThere(oneOf(["auto", "low", "high"]));

const annotation = byType({
  file_citation: saved<Annotation<"file_citation">>({
    type: required(oneOf(["file_citation"])),
    text: required(string()),
    start_index: required(integer()),
    end_index: required(integer()),
    file_citation: required(saved<{ file_id: string }>({ file_id: required(string()) })),
  }),
  file_path: saved<Annotation<"file_path">>({
    type: required(oneOf(["file_path"])),
    text: required(string()),
    start_index: required(integer()),
    end_index: required(integer()),
    file_path: required(saved<{ file_id: string }>({ file_id: required(string()) })),
  }),
});

const part = byType({
  text: saved<Part<"text">>({
    type: required(oneOf(["text"])),
    text: required(saved<Part<"text">["text"]>({
      value: required(string()),
      annotations: orElse(array(annotation), []),
    })),
  }),
  image_file: saved<Part<"image_file">>({
    type: required(oneOf(["image_file"])),
    image_file: required(
      saved<Part<"image_file">["image_file"]>({ file_id: required(name), detail }),
    ),
  }),
  image_url: saved<Part<"image_url">>({
    type: required(oneOf(["image_url"])),
    image_url: required(saved<Part<"image_url">["image_url"]>({ url: required(name), detail })),
  }),
  refusal: saved<Part<"refusal">>({
    type: required(oneOf(["refusal"])),
    refusal: required(string()),
  }),
});

const attachment = saved<NonNullable<Message["attachments"]>[number]>({
  file_id: ifThere(name),
  tools: ifThere(array(byType({
    code_interpreter: saved<{ type: "code_interpreter" }>({
      type: required(oneOf(["code_interpreter"])),
    }),
    file_search: saved<{ type: "file_search" }>({ type: required(oneOf(["file_search"])) }),
  }))),
});

export const message: Check<Message> = saved<Message>({
  id: required(messageId),
  object: required(oneOf(["thread.message"])),
  created_at: required(time),
  thread_id: required(threadId),
  status: orElse(oneOf(["in_progress", "incomplete", "completed"]), "completed"),
  incomplete_details: orNull(saved<NonNullable<Message["incomplete_details"]>>({
    reason: required(
      oneOf(["content_filter", "max_tokens", "run_cancelled", "run_expired", "run_failed"]),
    ),
  })),
  completed_at: orNull(time),
  incomplete_at: orNull(time),
  role: required(oneOf(["user", "assistant"])),
  content: orElse(array(part), []),
  assistant_id: orNull(string()),
  run_id: orNull(runId),
  attachments: { check: nullable(array(attachment)), absent: { value: [] } },
  metadata: kept,
});

const usage = saved<NonNullable<Run["usage"]>>({
  prompt_tokens: required(integer({ min: 0 })),
  completion_tokens: required(integer({ min: 0 })),
  total_tokens: required(integer({ min: 0 })),
});

/** The live API has answered reasons and codes that its published schema does not name. */
const incompleteReason = string() as Check<
  NonNullable<NonNullable<Run["incomplete_details"]>["reason"]>
>;
const runErrorCode = string() as Check<NonNullable<Run["last_error"]>["code"]>;
const stepErrorCode = string() as Check<NonNullable<RunStep["last_error"]>["code"]>;

export const run: Check<Run> = saved<Run>({
  id: required(runId),
  object: required(oneOf(["thread.run"])),
  created_at: required(time),
  thread_id: required(threadId),
  assistant_id: required(string()),
  status: required(oneOf([
    "queued",
    "in_progress",
    "requires_action",
    "cancelling",
    "cancelled",
    "failed",
    "completed",
    "incomplete",
    "expired",
  ])),
  // Only a run that has not ended requires any, and it comes in as expired.
  required_action: { check: () => null, absent: { value: null } },
  last_error: orNull(saved<NonNullable<Run["last_error"]>>({
    code: required(runErrorCode),
    message: required(string()),
  })),
  expires_at: orNull(time),
  started_at: orNull(time),
  cancelled_at: orNull(time),
  failed_at: orNull(time),
  completed_at: orNull(time),
  incomplete_details: orNull(
    saved<NonNullable<Run["incomplete_details"]>>({ reason: ifThere(incompleteReason) }),
  ),
  model: required(name),
  instructions: orElse(string(), ""),
  tools: orElse(tools, []),
  tool_resources: orNull(toolResources),
  metadata: kept,
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
    image: required(saved<{ file_id: string }>({ file_id: required(string()) })),
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
    code: required(stepErrorCode),
    message: required(string()),
  })),
  expired_at: orNull(time),
  cancelled_at: orNull(time),
  failed_at: orNull(time),
  completed_at: orNull(time),
  metadata: kept,
  usage: orNull(usage),
});

export const step: Check<RunStep> = (value, path) => {
  const step = anyStep(value, path);
  if (step.type === step.step_details.type) return step;
  throw invalid(`Invalid 'type': '${step.type}'. Its step_details are of another.`, "type");
};
