/** The operations on messages. */

import { type Message, ThreadBusyError } from "../../store/mod.ts";
import { enterThread, expireRunOf, readFresh, upToDate } from "../runs/expiry.ts";
import type { Call, OperationResult } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { conflict, notFound } from "../objects/errors.ts";
import { attach } from "../hosted/resources.ts";
import { readBody } from "./http.ts";
import { deletedObject, listObject, newMessage } from "../objects/new_objects.ts";
import { listQuery, readPage } from "./page.ts";
import { messageBody } from "../objects/message_schemas.ts";
import { metadataBody } from "../objects/schemas.ts";
import { findThread } from "./threads.ts";
import { array, id, object } from "../objects/validation.ts";

const batchBody = object({ messages: array(messageBody, { min: 1, max: 100 }) });

/** `POST /threads/{id}/messages`. */
export async function createMessage(call: Call): Promise<OperationResult> {
  const body = await readBody(call.request, messageBody);
  const message = newMessage(call.params.thread_id, body, unixSeconds(call.core.clock));
  await addMessages(call, [message]);
  return { body: message };
}

/** `POST /threads/{id}/messages/batch`, which OpenAI's API did not have: adds all messages or none. */
export async function createMessages(call: Call): Promise<OperationResult> {
  const body = await readBody(call.request, batchBody);
  const now = unixSeconds(call.core.clock);
  const data = body.messages.map((message) => newMessage(call.params.thread_id, message, now));
  await addMessages(call, data);
  return { body: listObject({ data, has_more: false }) };
}

/** `GET /threads/{id}/messages`. */
export async function listMessages(call: Call): Promise<OperationResult> {
  const { store, params } = call;
  const page = { ...listQuery(call.query, "message"), thread_id: params.thread_id };
  const run_id = new URLSearchParams(call.query).get("run_id");
  const query = run_id ? { ...page, run_id: id("run")(run_id, "run_id") } : page;
  await findThread(call);
  const read = () => readPage(() => store.list("message", query));
  return { body: await readFresh(read, (message) => expireRunOf(call, message)) };
}

/** `GET /threads/{id}/messages/{id}`. */
export async function getMessage(call: Call): Promise<OperationResult> {
  const message = await findMessage(call);
  return { body: await expireRunOf(call, message) ? await findMessage(call) : message };
}

/** `POST /threads/{id}/messages/{id}`. */
export async function modifyMessage(call: Call): Promise<OperationResult> {
  const { metadata } = await readBody(call.request, metadataBody);
  const { store, params } = call;
  await expireRunOf(call, await findMessage(call));
  const message = await store.update(
    "message",
    params.message_id,
    (current) => metadata === undefined ? current : { ...current, metadata: metadata ?? {} },
  );
  if (message === undefined) throw notFound("message", params.message_id);
  return { body: message };
}

/** `DELETE /threads/{id}/messages/{id}`. Rejected while a run is active, which may be reading the message. */
export async function deleteMessage(call: Call): Promise<OperationResult> {
  const { core, store } = call;
  const { id, thread_id } = await findMessage(call);
  const remove = () => store.delete("message", id);
  try {
    if (!await remove()) throw notFound("message", id);
  } catch (error) {
    if (!(error instanceof ThreadBusyError)) throw error;
    const run = await store.get("run", error.runId);
    if (run !== undefined && await upToDate(core, store, run) === run) {
      throw conflict(
        `Can't delete messages of ${thread_id} while a run ${run.id} is active.`,
        "thread_has_active_run",
      );
    }
    if (!await remove()) throw notFound("message", id);
  }
  return { body: deletedObject("thread.message", id) };
}

async function addMessages(call: Call, messages: Message[]): Promise<void> {
  const { thread_id } = call.params;
  try {
    await attach(call, thread_id, messages);
    await enterThread(call, thread_id, { messages });
  } catch (error) {
    if (!(error instanceof ThreadBusyError)) throw error;
    throw conflict(
      `Can't add messages to ${thread_id} while a run ${error.runId} is active.`,
      "thread_has_active_run",
    );
  }
}

/** Returns the message in the path. @throws {ApiError} 404 if it or its thread does not exist */
async function findMessage(call: Call): Promise<Message> {
  const { store, params } = call;
  const message = await store.get("message", params.message_id);
  if (message?.thread_id === params.thread_id) return message;
  await findThread(call);
  throw notFound("message", params.message_id);
}
