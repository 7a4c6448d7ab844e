/** Threads: conversations, independent of any assistant. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import { deletedSchema, listSchema, threadSchema } from "../schemas/results.ts";
import {
  filterFields,
  id,
  metadata,
  pageFields,
  threadFields,
  toolResources,
} from "../schemas/arguments.ts";

export const createThread = defineTool({
  name: "create_thread",
  title: "Create thread",
  description: "Create a thread, empty or with messages.",
  toolset: "threads",
  input: z.object(threadFields),
  output: threadSchema,
  run: (params, { openai, signal }) => openai.beta.threads.create(params, { signal }),
});

export const listThreads = defineTool({
  name: "list_threads",
  title: "List threads",
  description: "List threads, newest first.",
  toolset: "threads",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ ...pageFields, ...filterFields }),
  output: listSchema,
  run: (query, { openai, signal }) =>
    openai.get<object>("/threads", {
      query,
      headers: { "OpenAI-Beta": "assistants=v2" },
      signal,
    }),
});

export const getThread = defineTool({
  name: "get_thread",
  title: "Get thread",
  description: "Retrieve one thread by its ID. For its messages use list_messages.",
  toolset: "threads",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ thread_id: id }),
  output: threadSchema,
  run: ({ thread_id }, { openai, signal }) => openai.beta.threads.retrieve(thread_id, { signal }),
});

export const modifyThread = defineTool({
  name: "modify_thread",
  title: "Modify thread",
  description: "Replace a thread's metadata or tool resources.",
  toolset: "threads",
  hints: { idempotent: true },
  input: z.object({ thread_id: id, tool_resources: toolResources, metadata }),
  output: threadSchema,
  run: ({ thread_id, ...params }, { openai, signal }) =>
    openai.beta.threads.update(thread_id, params, { signal }),
});

export const deleteThread = defineTool({
  name: "delete_thread",
  title: "Delete thread",
  description: "Delete a thread with its messages and runs, permanently.",
  toolset: "threads",
  hints: { destructive: true, idempotent: true },
  input: z.object({ thread_id: id }),
  output: deletedSchema,
  run: ({ thread_id }, { openai, signal }) => openai.beta.threads.delete(thread_id, { signal }),
});
