/** The operations on threads. */

import type { Message, Thread } from "../../store/mod.ts";
import { enterThread } from "../runs/expiry.ts";
import type { Answer, Call } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { notFound } from "../objects/errors.ts";
import { attachedResources, keptResources } from "../hosted/resources.ts";
import { readBody } from "./http.ts";
import { deletedObject, newMessage, newThread } from "../objects/new_objects.ts";
import { listQuery, readPage } from "./page.ts";
import { createdToolResources, messageBody, toolResources } from "../objects/schemas.ts";
import {
  array,
  type Checked,
  metadata,
  nullable,
  object,
  optional,
} from "../objects/validation.ts";

export const createThreadBody = object({
  messages: optional(array(messageBody)),
  tool_resources: optional(nullable(createdToolResources)),
  metadata: optional(nullable(metadata)),
});

export const modifyThreadBody = object({
  tool_resources: optional(nullable(toolResources)),
  metadata: optional(nullable(metadata)),
});

export async function createThread(call: Call): Promise<Answer> {
  const body = await readBody(call.request, createThreadBody);
  const { thread, messages } = await planThread(call, body, "");
  await enterThread(call, thread.id, { thread, messages });
  return { body: thread };
}

/**
 * A thread that is to be, with its messages.
 *
 * @param path where the body is in the request, with a dot at its end
 */
export async function planThread(
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

/** The tenant's threads; OpenAI's API had no such operation. */
export async function listThreads({ store, query }: Call): Promise<Answer> {
  const page = listQuery(query, "thread");
  return { body: await readPage(() => store.list("thread", page)) };
}

export async function getThread(call: Call): Promise<Answer> {
  return { body: await findThread(call) };
}

export async function modifyThread({ store, request, params }: Call): Promise<Answer> {
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

/** Deletes a thread with all that is in it; a run that is active on it ends as cancelled. */
export async function deleteThread({ core, store, params }: Call): Promise<Answer> {
  const id = params.thread_id;
  if (!await store.delete("thread", id)) throw notFound("thread", id);
  await core.runs.abandon(store.tenant, id);
  return { body: deletedObject("thread", id) };
}

/**
 * The thread of the path.
 *
 * @throws {ApiError} 404
 */
export async function findThread({ store, params }: Call): Promise<Thread> {
  const thread = await store.get("thread", params.thread_id);
  if (thread === undefined) throw notFound("thread", params.thread_id);
  return thread;
}
