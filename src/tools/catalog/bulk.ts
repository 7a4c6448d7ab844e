/** Many messages in one call: add a batch, search all threads, export a thread. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import { anyObject, listSchema, nullableObject, nullableText } from "../schemas/results.ts";
import { id, messageFields, messages, pageFields } from "../schemas/arguments.ts";

const BETA = { "OpenAI-Beta": "assistants=v2" };

const exportSchema = z.looseObject({
  thread_id: z.string(),
  format: z.string(),
  transcript: nullableText,
  thread: nullableObject,
  data: z.array(anyObject).nullable(),
  last_id: nullableText,
  has_more: z.boolean(),
  note: nullableText,
});

export const createMessages = defineTool({
  name: "create_messages",
  title: "Create messages",
  description: "Add up to 100 messages to a thread in one call: all of them or none.",
  toolset: "bulk",
  kebabName: "messages-create",
  input: z.object({ thread_id: id, messages }),
  output: listSchema,
  async run({ thread_id, messages }, { openai, signal }) {
    const list = await openai.post<List>(
      `/threads/${encodeURIComponent(thread_id)}/messages/batch`,
      { body: { messages }, headers: BETA, signal },
    );
    // The caller knows the contents.
    return {
      ...list,
      data: list.data.map(({ id, object, role, created_at }) => ({ id, object, role, created_at })),
    };
  },
});

export const searchMessages = defineTool({
  name: "search_messages",
  title: "Search messages",
  description: "Search the messages of all threads, newest first, and return snippets. " +
    'All words must occur; supports "exact phrases" and prefix*.',
  toolset: "bulk",
  hints: { readOnly: true, idempotent: true },
  input: z.object({
    query: z.string(),
    thread_id: z.string().optional(),
    role: messageFields.role.optional(),
    limit: pageFields.limit,
    after: pageFields.after,
  }),
  output: listSchema,
  run: (query, { openai, signal }) =>
    openai.get<object>("/threads/search", { query, headers: BETA, signal }),
});

export const exportThread = defineTool({
  name: "export_thread",
  title: "Export thread",
  description: "Export a thread from its beginning, as Markdown, or as JSON with runs and steps. " +
    "A long thread is returned in parts.",
  toolset: "bulk",
  hints: { readOnly: true, idempotent: true },
  input: z.object({
    thread_id: id,
    format: z.enum(["markdown", "json"]).optional(),
    after: pageFields.after,
  }),
  output: exportSchema,
  async run({ thread_id, format = "markdown", after }, { openai, signal }) {
    const { exportThread } = await import("../threads/export_thread.ts");
    return await exportThread(openai, { thread_id, format, after, signal });
  },
});

interface List {
  data: { id: string; object: string; role: string; created_at: number }[];
}
