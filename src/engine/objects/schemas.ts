/** Schemas that several request bodies of the contract share. */

import { invalid, missing } from "./errors.ts";
import {
  anyObject,
  array,
  boolean,
  byType,
  type Check,
  type Checked,
  decimal,
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

/** Maximum length of instructions, in characters. */
export const MAX_TEXT = 256_000;

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

export const codeInterpreterTool = object({ type: oneOf(["code_interpreter"]) });

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
