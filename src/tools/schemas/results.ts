/**
 * Result schemas: every top-level field with its type; nested objects stay open. Only the fields that
 * identify an object are required, because an upstream with its own Assistants API may omit others.
 */

import * as z from "zod";

/** An object of any shape. */
export const anyObject = z.looseObject({});

export const nullableObject = anyObject.nullable();

export const nullableText = z.string().nullable();

const text = z.string().optional();
const textOrNull = nullableText.optional();
const number = z.number().nullish();
const time = z.int().optional();
const integerOrNull = z.int().nullish();
const object = nullableObject.optional();
const list = z.array(anyObject).optional();
/** A string or an object, such as a response format. */
const option = z.union([z.string(), anyObject]).nullish();

/** Not an enum: upstreams may have further statuses, and the listed schema should be short. */
const runStatus = z.string();

export const assistantSchema = apiObject("assistant", {
  created_at: time,
  name: textOrNull,
  description: textOrNull,
  model: text,
  instructions: textOrNull,
  tools: list,
  tool_resources: object,
  metadata: object,
  temperature: number,
  top_p: number,
  response_format: option,
});

export const threadSchema = apiObject("thread", {
  created_at: time,
  tool_resources: object,
  metadata: object,
});

export const messageSchema = apiObject("thread.message", {
  created_at: time,
  thread_id: text,
  status: z.enum(["in_progress", "incomplete", "completed"]).optional(),
  incomplete_details: object,
  completed_at: integerOrNull,
  incomplete_at: integerOrNull,
  role: z.enum(["user", "assistant"]).optional(),
  content: list,
  assistant_id: textOrNull,
  run_id: textOrNull,
  attachments: list.nullable(),
  metadata: object,
});

export const runSchema = apiObject("thread.run", {
  created_at: time,
  thread_id: text,
  assistant_id: textOrNull,
  status: runStatus,
  required_action: object,
  last_error: object,
  expires_at: integerOrNull,
  started_at: integerOrNull,
  cancelled_at: integerOrNull,
  failed_at: integerOrNull,
  completed_at: integerOrNull,
  incomplete_details: object,
  model: text,
  instructions: textOrNull,
  tools: list,
  metadata: object,
  usage: object,
  temperature: number,
  top_p: number,
  max_prompt_tokens: integerOrNull,
  max_completion_tokens: integerOrNull,
  truncation_strategy: object,
  tool_choice: option,
  parallel_tool_calls: z.boolean().optional(),
  response_format: option,
});

export const runStepSchema = apiObject("thread.run.step", {
  created_at: time,
  assistant_id: textOrNull,
  thread_id: text,
  run_id: text,
  type: z.enum(["message_creation", "tool_calls"]).optional(),
  status: z.enum(["in_progress", "cancelled", "failed", "completed", "expired"]).optional(),
  step_details: object,
  last_error: object,
  expires_at: integerOrNull,
  expired_at: integerOrNull,
  cancelled_at: integerOrNull,
  failed_at: integerOrNull,
  completed_at: integerOrNull,
  metadata: object,
  usage: object,
});

/** One page of any list. */
export const listSchema = z.looseObject({
  object: z.literal("list"),
  data: z.array(anyObject),
  first_id: textOrNull,
  last_id: textOrNull,
  has_more: z.boolean().optional(),
});

export const deletedSchema = z.looseObject({
  id: z.string(),
  object: z.string(),
  deleted: z.boolean(),
});

export const modelsSchema = z.looseObject({ object: z.literal("list"), data: z.array(anyObject) });

/** The result of `ask_assistant`: the answer of a run, and the ids to continue with. */
export const turnSchema = z.looseObject({
  status: runStatus,
  response: nullableText,
  thread_id: z.string(),
  run_id: z.string(),
  assistant_id: nullableText,
  required_action: nullableObject,
  last_error: nullableObject,
  incomplete_details: nullableObject,
  usage: nullableObject,
  next: z.string(),
});

export const waitSchema = z.looseObject({
  run: anyObject,
  messages: z.array(anyObject),
  next: z.string(),
});

export const answerSchema = z.looseObject({
  status: z.enum(["in_progress", "completed", "incomplete"]),
  text: nullableText,
  model: nullableText,
  usage: nullableObject,
  job_id: nullableText,
});

export const imagesSchema = z.looseObject({
  status: z.enum(["in_progress", "completed", "incomplete"]),
  images: z.array(anyObject),
  usage: nullableObject,
  error: nullableText,
  job_id: nullableText,
});

export const jobSchema = z.looseObject({
  id: z.string(),
  tool: z.string(),
  status: z.enum(["in_progress", "completed", "failed"]),
  result: nullableObject,
  error: nullableObject,
  expires_at: z.int(),
});

export const echoSchema = z.looseObject({ text: z.string() });

export const numberSchema = z.looseObject({ result: z.number() });

function apiObject<S extends z.ZodRawShape>(name: string, fields: S) {
  return z.looseObject({ id: z.string(), object: z.literal(name), ...fields });
}
