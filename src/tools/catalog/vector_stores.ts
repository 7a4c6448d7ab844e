/** Vector stores: files that the model server indexes for file_search. */

import type OpenAI from "openai";
import * as z from "zod";
import { checkedWait } from "../deadline.ts";
import { defineTool } from "../define_tool.ts";
import {
  anyObject,
  deletedSchema,
  listSchema,
  nullableObject,
  nullableText,
} from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import { id, ids, metadata, optionalText, pageFields, typed, waitS } from "../schemas/arguments.ts";

const vectorStoreSchema = z.looseObject({
  id: z.string(),
  object: z.literal("vector_store"),
  created_at: z.int().optional(),
  last_active_at: z.int().nullish(),
  name: nullableText.optional(),
  status: z.string().optional(),
  file_counts: anyObject.optional(),
  usage_bytes: z.int().optional(),
  expires_after: nullableObject.optional(),
  expires_at: z.int().nullish(),
  metadata: nullableObject.optional(),
});

const addedFilesSchema = z.looseObject({
  vector_store_id: z.string(),
  batch_id: z.string(),
  status: z.string(),
  file_counts: anyObject,
  failed: z.array(anyObject),
  next: z.string(),
});

const searchResultsSchema = z.looseObject({
  object: z.string(),
  search_query: z.array(z.string()).optional(),
  data: z.array(anyObject),
  has_more: z.boolean().optional(),
  next_page: nullableText.optional(),
});

const expiresAfter = typed<OpenAI.VectorStoreCreateParams.ExpiresAfter>(z.looseObject({
  anchor: z.enum(["last_active_at"]),
  days: z.int(),
}));

const attributes = typed<OpenAI.VectorStores.FileCreateParams["attributes"]>(anyObject);

const chunkingStrategy = typed<OpenAI.FileChunkingStrategyParam>(anyObject);

const filters = typed<OpenAI.VectorStoreSearchParams["filters"]>(anyObject);

export const createVectorStore = defineTool({
  name: "create_vector_store",
  title: "Create vector store",
  description:
    "Create a vector store, empty or with files. Pass its ID in the tool_resources of an " +
    "assistant with file_search.",
  toolset: "vector_stores",
  hints: { openWorld: true },
  input: z.object({
    name: z.string().optional(),
    file_ids: ids,
    expires_after: expiresAfter.optional(),
    metadata,
  }),
  output: vectorStoreSchema,
  run: (params, { openai, signal }) => openai.vectorStores.create(params, { signal }),
});

export const listVectorStores = defineTool({
  name: "list_vector_stores",
  title: "List vector stores",
  description: "List vector stores, newest first.",
  toolset: "vector_stores",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  input: z.object(pageFields),
  output: listSchema,
  run: (query, { openai, signal }) => listBody(openai.vectorStores.list(query, { signal })),
});

export const getVectorStore = defineTool({
  name: "get_vector_store",
  title: "Get vector store",
  description: "Retrieve a vector store; with wait_s, first wait until its files are indexed.",
  toolset: "vector_stores",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  longRunning: true,
  input: z.object({ vector_store_id: id, wait_s: waitS.describe("Default: 0") }),
  output: vectorStoreSchema,
  async run({ vector_store_id, wait_s = 0 }, context) {
    const waitS = checkedWait(wait_s, context);
    const { openai, signal } = context;
    const store = await openai.vectorStores.retrieve(vector_store_id, { signal });
    const { waitUntilIndexed } = await import("../vector_stores/wait_until_indexed.ts");
    return await waitUntilIndexed(
      (signal) => openai.vectorStores.retrieve(vector_store_id, { signal }),
      store,
      context,
      waitS,
    );
  },
});

export const modifyVectorStore = defineTool({
  name: "modify_vector_store",
  title: "Modify vector store",
  description: "Change a vector store's name, expiry or metadata.",
  toolset: "vector_stores",
  hints: { idempotent: true, openWorld: true },
  input: z.object({
    vector_store_id: id,
    name: optionalText,
    expires_after: expiresAfter.nullish(),
    metadata,
  }),
  output: vectorStoreSchema,
  run: ({ vector_store_id, ...params }, { openai, signal }) =>
    openai.vectorStores.update(vector_store_id, params, { signal }),
});

export const deleteVectorStore = defineTool({
  name: "delete_vector_store",
  title: "Delete vector store",
  description: "Delete a vector store permanently. Its files remain.",
  toolset: "vector_stores",
  hints: { destructive: true, idempotent: true, openWorld: true },
  input: z.object({ vector_store_id: id }),
  output: deletedSchema,
  run: ({ vector_store_id }, { openai, signal }) =>
    openai.vectorStores.delete(vector_store_id, { signal }),
});

export const addVectorStoreFiles = defineTool({
  name: "add_vector_store_files",
  title: "Add vector store files",
  description: "Add uploaded files to a vector store and wait until they are indexed, " +
    "at most wait_s seconds. Returns counts, failed files, and what to call next.",
  toolset: "vector_stores",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    vector_store_id: id,
    file_ids: z.array(z.string()),
    attributes: attributes.optional().describe("For search filters"),
    chunking_strategy: chunkingStrategy.optional(),
    wait_s: waitS,
  }),
  output: addedFilesSchema,
  async run({ vector_store_id, wait_s, ...params }, context) {
    const waitS = checkedWait(wait_s, context);
    const { addFiles } = await import("../vector_stores/add_files.ts");
    return await addFiles(vector_store_id, params, context, waitS);
  },
});

export const listVectorStoreFiles = defineTool({
  name: "list_vector_store_files",
  title: "List vector store files",
  description: "List the files of a vector store, newest first, with their status.",
  toolset: "vector_stores",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  input: z.object({
    vector_store_id: id,
    ...pageFields,
    filter: z.enum(["in_progress", "completed", "failed", "cancelled"]).optional(),
  }),
  output: listSchema,
  run: ({ vector_store_id, ...query }, { openai, signal }) =>
    listBody(openai.vectorStores.files.list(vector_store_id, query, { signal })),
});

export const removeVectorStoreFile = defineTool({
  name: "remove_vector_store_file",
  title: "Remove vector store file",
  description: "Remove a file from a vector store. The file itself remains.",
  toolset: "vector_stores",
  hints: { idempotent: true, openWorld: true },
  input: z.object({ vector_store_id: id, file_id: id }),
  output: deletedSchema,
  run: ({ vector_store_id, file_id }, { openai, signal }) =>
    openai.vectorStores.files.delete(file_id, { vector_store_id }, { signal }),
});

export const searchVectorStore = defineTool({
  name: "search_vector_store",
  title: "Search vector store",
  description: "Search the files of a vector store for passages that match a query.",
  toolset: "vector_stores",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  input: z.object({
    vector_store_id: id,
    query: z.string(),
    max_num_results: z.int().optional().describe("1-50, default 10"),
    filters: filters.optional().describe('Such as {"type":"eq","key":"year","value":2026}'),
    rewrite_query: z.boolean().optional(),
  }),
  output: searchResultsSchema,
  async run({ vector_store_id, ...params }, { openai, signal }) {
    return await listBody(openai.vectorStores.search(vector_store_id, params, { signal }));
  },
});
