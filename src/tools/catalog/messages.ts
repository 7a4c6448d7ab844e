/** Messages of a thread. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import { deletedSchema, listSchema, messageSchema } from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import { filterFields, id, messageFields, metadata, pageFields } from "../schemas/arguments.ts";

export const createMessage = defineTool({
  name: "create_message",
  title: "Create message",
  description:
    "Add a message to a thread. create_run then starts the answer; ask_assistant does both.",
  toolset: "messages",
  input: z.object({ thread_id: id, ...messageFields }),
  output: messageSchema,
  run: ({ thread_id, ...params }, { openai, signal }) =>
    openai.beta.threads.messages.create(thread_id, params, { signal }),
});

export const listMessages = defineTool({
  name: "list_messages",
  title: "List messages",
  description:
    "List the messages of a thread, newest first; with run_id, only those that the run wrote.",
  toolset: "messages",
  hints: { readOnly: true, idempotent: true },
  input: z.object({
    thread_id: id,
    ...pageFields,
    run_id: z.string().optional(),
    ...filterFields,
    assistant_id: z.string().optional(),
  }),
  output: listSchema,
  run: ({ thread_id, ...query }, { openai, signal }) =>
    listBody(openai.beta.threads.messages.list(thread_id, query, { signal })),
});

export const getMessage = defineTool({
  name: "get_message",
  title: "Get message",
  description: "Retrieve one message by its ID.",
  toolset: "messages",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ thread_id: id, message_id: id }),
  output: messageSchema,
  run: ({ thread_id, message_id }, { openai, signal }) =>
    openai.beta.threads.messages.retrieve(message_id, { thread_id }, { signal }),
});

export const modifyMessage = defineTool({
  name: "modify_message",
  title: "Modify message",
  description: "Replace a message's metadata; its content cannot change.",
  toolset: "messages",
  hints: { idempotent: true },
  input: z.object({ thread_id: id, message_id: id, metadata }),
  output: messageSchema,
  run: ({ message_id, ...params }, { openai, signal }) =>
    openai.beta.threads.messages.update(message_id, params, { signal }),
});

export const deleteMessage = defineTool({
  name: "delete_message",
  title: "Delete message",
  description: "Delete a message permanently. Fails while a run is active on the thread.",
  toolset: "messages",
  hints: { destructive: true, idempotent: true },
  input: z.object({ thread_id: id, message_id: id }),
  output: deletedSchema,
  run: ({ thread_id, message_id }, { openai, signal }) =>
    openai.beta.threads.messages.delete(message_id, { thread_id }, { signal }),
});
