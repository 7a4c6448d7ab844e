/**
 * Argument schemas that tools share. They hold what a model needs to fill them in: types, enums and
 * required fields. The engine checks lengths and rules across fields, with OpenAI's errors; nested
 * objects accept unknown keys, so that the engine can report them.
 */

import type OpenAI from "openai";
import * as z from "zod";

/** An ID; the engine checks its prefix. */
export const id = z.string().min(1);

export const optionalText = z.string().nullish();

export const optionalNumber = z.number().nullish();

const optionalInteger = z.int().nullish();

export const model = z.string();

export const metadata = typed<OpenAI.Metadata>(z.record(z.string(), z.string())).nullish();

export const reasoningEffort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"])
  .nullish();

/** An object of any shape. */
const anyObject = z.looseObject({});

/** The tools of an assistant; one object type covers all kinds of tools. */
export const tools = typed<OpenAI.Beta.AssistantTool[]>(z.array(z.looseObject({
  type: z.enum(["code_interpreter", "file_search", "function"]),
  function: z.looseObject({
    name: z.string(),
    description: z.string().optional(),
    parameters: anyObject.optional().describe("JSON Schema"),
    strict: z.boolean().nullish(),
  }).optional(),
  file_search: z.looseObject({
    max_num_results: z.int().optional(),
    ranking_options: z.looseObject({
      ranker: z.enum(["auto", "default_2024_08_21"]).optional(),
      score_threshold: z.number(),
    }).optional(),
  }).optional(),
})));

/** A list of IDs. */
export const ids = z.array(z.string()).optional();

const codeInterpreter = z.looseObject({ file_ids: ids }).optional();

/** The existing files and vector stores that tools use. */
export const toolResources = typed<OpenAI.Beta.AssistantUpdateParams.ToolResources>(z.looseObject({
  code_interpreter: codeInterpreter,
  file_search: z.looseObject({ vector_store_ids: ids }).optional(),
})).nullish();

/** `toolResources` that may also create a vector store. */
export const newToolResources = typed<OpenAI.Beta.AssistantCreateParams.ToolResources>(
  z.looseObject({
    code_interpreter: codeInterpreter,
    file_search: z.looseObject({
      vector_store_ids: ids,
      vector_stores: z.array(z.looseObject({ file_ids: ids })).optional(),
    }).optional(),
  }),
).nullish();

export const responseFormat = typed<OpenAI.Beta.AssistantResponseFormatOption>(z.union([
  z.literal("auto"),
  z.looseObject({
    type: z.enum(["text", "json_object", "json_schema"]),
    json_schema: z.looseObject({
      name: z.string(),
      schema: anyObject.optional(),
    }).optional(),
  }),
])).nullish();

const imageDetail = z.enum(["auto", "low", "high"]).optional();

const content = z.union([
  z.string(),
  z.array(z.looseObject({
    type: z.enum(["text", "image_file", "image_url"]),
    text: z.string().optional(),
    image_file: z.looseObject({ file_id: z.string(), detail: imageDetail }).optional(),
    image_url: z.looseObject({ url: z.string(), detail: imageDetail }).optional(),
  })),
]);

/** The arguments that create a message. */
export const messageFields = {
  role: z.enum(["user", "assistant"]),
  content: typed<OpenAI.Beta.Threads.MessageCreateParams["content"]>(content),
  attachments: typed<OpenAI.Beta.Threads.MessageCreateParams.Attachment[]>(z.array(z.looseObject({
    file_id: z.string().optional(),
    tools: z.array(z.looseObject({ type: z.enum(["code_interpreter", "file_search"]) })).optional(),
  }))).nullish(),
  metadata,
};

/** A message inside another argument, shortened; `create_message` lists all fields, and the engine checks them. */
const briefMessage = {
  role: messageFields.role,
  content: z.union([z.string(), z.array(anyObject)]),
};

export const messages = typed<OpenAI.Beta.Threads.RunCreateParams.AdditionalMessage[]>(
  z.array(z.looseObject({
    ...briefMessage,
    attachments: z.array(z.looseObject({ file_id: z.string().optional() })).nullish(),
    metadata,
  })),
);

/** The arguments that create a thread. */
export const threadFields = {
  messages: messages.optional(),
  tool_resources: newToolResources,
  metadata,
};

/** A thread inside another argument, shortened; `create_thread` lists all fields. */
export const thread = typed<OpenAI.Beta.ThreadCreateAndRunParams.Thread>(
  z.looseObject({
    messages: z.array(z.looseObject(briefMessage)).optional(),
    tool_resources: anyObject.nullish(),
    metadata,
  }),
);

export const stream = z.boolean().nullish().describe("Return when the run ends");

/** The results of function calls. */
export const toolOutputs = typed<OpenAI.Beta.Threads.RunSubmitToolOutputsParams.ToolOutput[]>(
  z.array(z.looseObject({
    tool_call_id: z.string().optional(),
    output: z.string().optional(),
  })),
);

/** The arguments that start a run, on an existing or a new thread. */
export const runFields = {
  assistant_id: id,
  model: optionalText.describe("Default: the assistant's"),
  instructions: optionalText.describe("Replaces the assistant's"),
  tools: tools.nullish().describe("Replaces the assistant's"),
  metadata,
  temperature: optionalNumber,
  top_p: optionalNumber,
  stream,
  max_prompt_tokens: optionalInteger,
  max_completion_tokens: optionalInteger,
  truncation_strategy: typed<OpenAI.Beta.Threads.RunCreateParams.TruncationStrategy>(z.looseObject({
    type: z.enum(["auto", "last_messages"]),
    last_messages: optionalInteger,
  })).nullish(),
  tool_choice: typed<OpenAI.Beta.AssistantToolChoiceOption>(z.union([
    z.enum(["none", "auto", "required"]),
    z.looseObject({
      type: z.enum(["function", "code_interpreter", "file_search"]),
      function: z.looseObject({ name: z.string() }).optional(),
    }),
  ])).nullish(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: responseFormat,
};

/** The arguments that select a page of a list; the default order is newest first. */
export const pageFields = {
  limit: z.int().optional().describe("1-100, default 20"),
  order: z.enum(["asc", "desc"]).optional(),
  after: z.string().optional().describe("Cursor: an ID"),
  before: z.string().optional(),
};

/** The arguments that filter a list; `metadata` selects objects that have all of these pairs. */
export const filterFields = {
  metadata: z.record(z.string(), z.string()).optional(),
  created_after: z.int().optional().describe("Unix seconds"),
  created_before: z.int().optional(),
};

/** Further fields of run steps. */
export const include = z.array(
  z.enum(["step_details.tool_calls[*].file_search.results[*].content"]),
).optional();

/** Seconds to wait; `checkedWait()` enforces the server's maximum. */
export const waitS = z.number().min(0).optional();

/** Returns a schema with the SDK's type for the value, of which the schema describes a part. */
export function typed<T>(schema: z.ZodType): z.ZodType<T> {
  return schema as z.ZodType<T>;
}
