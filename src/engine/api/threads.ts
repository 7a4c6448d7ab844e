/** The operations on threads. */

import type { Message, Thread } from "../../store/mod.ts";
import { enterThread } from "../runs/expiry.ts";
import type { Call, OperationResult } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { notFound } from "../objects/errors.ts";
import { attachedResources, keptResources } from "../hosted/resources.ts";
import { readBody } from "./http.ts";
import { deletedObject, newMessage, newThread } from "../objects/new_objects.ts";
import { listQuery, readPage } from "./page.ts";
import { MAX_MESSAGES, messageBody } from "../objects/message_schemas.ts";
import { createdToolResources, toolResources } from "../objects/schemas.ts";
import {
  array,
  type Checked,
  metadata,
  nullable,
  object,
  optional,
} from "../objects/validation.ts";

/** The body of `POST /threads`. */
export const createThreadBody = object({
  messages: optional(array(messageBody, { max: MAX_MESSAGES })),
  tool_resources: optional(nullable(createdToolResources)),
  metadata: optional(nullable(metadata)),
});

/** The body of `POST /threads/{id}`. */
export const modifyThreadBody = object({
  tool_resources: optional(nullable(toolResources)),
  metadata: optional(nullable(metadata)),
});

/** `POST /threads`. */
export async function createThread(call: Call): Promise<OperationResult> {
  const body = await readBody(call.request, createThreadBody);
  const { thread, messages } = await newThreadFromRequest(call, body, "");
  await enterThread(call, thread.id, { thread, messages });
  return { body: thread };
}

/**
 * Creates a thread and its messages without storing them.
 *
 * @param path the path of the body in the request, with a trailing dot unless empty
 */
export async function newThreadFromRequest(
  call: Call,
  body: Checked<typeof createThreadBody>,
  path: string,
): Promise<{ thread: Thread; messages: Message[] }> {
  const now = unixSeconds(call.core.clock);
  const thread = newThread({ tool_resources: null, metadata: body.metadata ?? {} }, now);
  const messages = (body.messages ?? []).map((message) => newMessage(thread.id, message, now));
  const tool_resources = await keptResources(call, body.tool_resources, {
    path: `${path}tool_resources`,
    isThread: true,
  });
  thread.tool_resources = await attachedResources(call, { tool_resources }, messages);
  return { thread, messages };
}

/** `GET /threads`, which OpenAI's API did not have: the tenant's threads. */
export async function listThreads({ store, query }: Call): Promise<OperationResult> {
  const page = listQuery(query, "thread");
  return { body: await readPage(() => store.list("thread", page)) };
}

/** `GET /threads/{id}`. */
export async function getThread(call: Call): Promise<OperationResult> {
  return { body: await findThread(call) };
}

/** `POST /threads/{id}`. */
export async function modifyThread({ store, request, params }: Call): Promise<OperationResult> {
  const { tool_resources, metadata } = await readBody(request, modifyThreadBody);
  const id = params.thread_id;
  const thread = await store.update("thread", id, (current) => ({
    ...current,
    ...tool_resources !== undefined && { tool_resources },
    ...metadata !== undefined && { metadata: metadata ?? {} },
  }));
  if (thread === undefined) throw notFound("thread", id);
  return { body: thread };
}

/** `DELETE /threads/{id}`. Deletes everything in the thread; its active run ends as cancelled. */
export async function deleteThread({ core, store, params }: Call): Promise<OperationResult> {
  const id = params.thread_id;
  if (!await store.delete("thread", id)) throw notFound("thread", id);
  await core.runs.abandon(store.tenant, id);
  return { body: deletedObject("thread", id) };
}

/** Returns the thread in the path. @throws {ApiError} 404 */
export async function findThread({ store, params }: Call): Promise<Thread> {
  const thread = await store.get("thread", params.thread_id);
  if (thread === undefined) throw notFound("thread", params.thread_id);
  return thread;
}
