/** Schemas that several request bodies of the contract share. */

import { invalid, missing, wrongType } from "./errors.ts";
import {
  anyObject,
  array,
  boolean,
  byType,
  type Check,
  type Checked,
  decimal,
  id,
  integer,
  join,
  literalOr,
  metadata,
  nullable,
  object,
  oneOf,
  optional,
  string,
} from "./validation.ts";

/** Maximum length of instructions, and of all texts of a message together, in characters. */
export const MAX_TEXT = 256_000;

/** Maximum number of messages that one request adds to a thread, as in the Assistants API. */
export const MAX_MESSAGES = 32;

const MAX_PARTS = 100;
const MAX_ATTACHMENTS = 100;

const fileSearchTool = object({
  type: oneOf(["file_search"]),
  file_search: optional(object({
    max_num_results: optional(integer({ min: 1, max: 50 })),
    ranking_options: optional(object({
      ranker: optional(oneOf(["auto", "default_2024_08_21"])),
      score_threshold: decimal({ min: 0, max: 1 }),
    })),
  })),
});

const codeInterpreterTool = object({ type: oneOf(["code_interpreter"]) });

const functionTool = object({
  type: oneOf(["function"]),
  function: object({
    name: string({ min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ }),
    description: optional(string()),
    parameters: optional(anyObject),
    strict: optional(nullable(boolean)),
  }),
});

export const tool = byType({
  code_interpreter: codeInterpreterTool,
  function: functionTool,
  file_search: fileSearchTool,
});

/** The statuses of runs. */
export const runStatus = oneOf([
  "queued",
  "in_progress",
  "requires_action",
  "cancelling",
  "cancelled",
  "failed",
  "completed",
  "incomplete",
  "expired",
]);

/** `temperature`, `top_p` and `reasoning_effort` within the contract's limits; models may accept less. */
export const temperature = nullable(decimal({ min: 0, max: 2 }));
export const topP = nullable(decimal({ min: 0, max: 1 }));
export const reasoningEffort = nullable(
  oneOf(["none", "minimal", "low", "medium", "high", "xhigh", "max"]),
);

const fileIds = array(string({ min: 1 }), { max: 20 });
const vectorStoreIds = array(string({ min: 1 }), { max: 1 });

/** The tool resources of a request that modifies an assistant or a thread. */
export const toolResources = object({
  code_interpreter: optional(object({ file_ids: optional(fileIds) })),
  file_search: optional(object({ vector_store_ids: optional(vectorStoreIds) })),
});

export type ToolResources = Checked<typeof toolResources>;

const staticChunking = object({
  max_chunk_size_tokens: integer({ min: 100, max: 4096 }),
  chunk_overlap_tokens: integer({ min: 0 }),
});

const chunkingStrategy = byType({
  auto: object({ type: oneOf(["auto"]) }),
  static: object({ type: oneOf(["static"]), static: chunking }),
});

const newToolResources = object({
  code_interpreter: optional(object({ file_ids: optional(fileIds) })),
  file_search: optional(object({
    vector_store_ids: optional(vectorStoreIds),
    vector_stores: optional(array(
      object({
        file_ids: optional(array(string({ min: 1 }))),
        chunking_strategy: optional(chunkingStrategy),
        metadata: optional(nullable(metadata)),
      }),
      { max: 1 },
    )),
  })),
});

/** The resources of a new assistant or thread: they may name vector stores, but not also describe new ones. */
export const createdToolResources: Check<NewToolResources> = (value, path) => {
  const resources = newToolResources(value, path);
  const { vector_store_ids, vector_stores } = resources.file_search ?? {};
  if (vector_store_ids !== undefined && vector_stores !== undefined) {
    const at = join(path, "file_search");
    throw invalid(
      `Mutually exclusive parameters. Ensure you are only providing one of: '${at}.vector_store_ids' or '${at}.vector_stores'.`,
      at,
      "mutually_exclusive_parameters",
    );
  }
  return resources;
};

/** The resources of a new assistant or thread. */
export type NewToolResources = Checked<typeof newToolResources>;

/** Returns the resources without the vector stores that they describe. */
export function withoutStores(resources: NewToolResources): ToolResources {
  if (resources.file_search === undefined) return resources;
  const { vector_stores: _, ...file_search } = resources.file_search;
  return { ...resources, file_search };
}

export const responseFormat = literalOr(
  ["auto"],
  byType({
    text: object({ type: oneOf(["text"]) }),
    json_object: object({ type: oneOf(["json_object"]) }),
    json_schema: object({
      type: oneOf(["json_schema"]),
      json_schema: object({
        name: string({ min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ }),
        description: optional(string()),
        schema: optional(anyObject),
        strict: optional(nullable(boolean)),
      }),
    }),
  }),
);

const detail = optional(oneOf(["auto", "low", "high"]));

const contentPart = byType({
  text: object({ type: oneOf(["text"]), text: string({ max: MAX_TEXT }) }),
  image_file: object({
    type: oneOf(["image_file"]),
    image_file: object({ file_id: id("file"), detail }),
  }),
  image_url: object({
    type: oneOf(["image_url"]),
    image_url: object({ url: imageUrl, detail }),
  }),
});

const contentParts = array(contentPart, { min: 1, max: MAX_PARTS });
const contentText = string({ max: MAX_TEXT });

const messageContent: Check<string | Checked<typeof contentPart>[]> = (value, path) => {
  if (typeof value === "string") return contentText(value, path);
  if (!Array.isArray(value)) {
    throw wrongType(path, "one of a string or an array of objects", value);
  }
  const parts = contentParts(value, path);
  // The limit of one text, for all of them together.
  contentText(parts.map((part) => part.type === "text" ? part.text : "").join(""), path);
  return parts;
};

function imageUrl(value: unknown, path: string): string {
  const url = string({ min: 1 })(value, path);
  if (/^(https?:\/\/|data:image\/)/i.test(url)) return url;
  throw invalid(
    `Invalid '${path}'. Expected a valid URL, but got a value with an invalid format.`,
    path,
    "invalid_value",
  );
}

/** The body of a request that adds a message to a thread. */
export const messageBody = object({
  role: oneOf(["user", "assistant"]),
  content: messageContent,
  attachments: optional(nullable(array(
    object({
      file_id: id("file"),
      tools: array(byType({
        code_interpreter: codeInterpreterTool,
        file_search: object({ type: oneOf(["file_search"]) }),
      })),
    }),
    { max: MAX_ATTACHMENTS },
  ))),
  metadata: optional(nullable(metadata)),
});

export type MessageBody = Checked<typeof messageBody>;

/** The body of a request that changes only the metadata. */
export const metadataBody = object({ metadata: optional(nullable(metadata)) });

const truncation = object({
  type: oneOf(["auto", "last_messages"]),
  last_messages: optional(nullable(integer({ min: 1 }))),
});

export const truncationStrategy: Check<Checked<typeof truncation>> = (value, path) => {
  const strategy = truncation(value, path);
  if (strategy.type === "last_messages" && !strategy.last_messages) {
    throw missing(join(path, "last_messages"));
  }
  return strategy;
};

const namedToolChoice = object({
  type: oneOf(["function", "code_interpreter", "file_search"]),
  function: optional(object({ name: string({ min: 1 }) })),
});

export const toolChoice = literalOr(["none", "auto", "required"], choice);

function choice(value: unknown, path: string): Checked<typeof namedToolChoice> {
  const named = namedToolChoice(value, path);
  if (named.type === "function" && !named.function) throw missing(join(path, "function"));
  return named;
}

function chunking(value: unknown, path: string): Checked<typeof staticChunking> {
  const strategy = staticChunking(value, path);
  const half = strategy.max_chunk_size_tokens / 2;
  if (strategy.chunk_overlap_tokens > half) {
    const at = join(path, "chunk_overlap_tokens");
    throw invalid(
      `Invalid '${at}': integer above maximum value. Expected a value <= ${half}, but got ${strategy.chunk_overlap_tokens} instead.`,
      at,
      "integer_above_max_value",
    );
  }
  return strategy;
}
