/** Assistants, threads and messages, and the pages of their lists. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import { prepare, type Scenario, textOf, weather } from "./world.ts";

export const objects: Record<string, Scenario> = {
  "assistants are created, read, changed, listed and deleted": async ({ client }) => {
    const { assistants } = client.beta;
    const given = {
      model: "gpt-test",
      name: "Ada",
      description: "Counts.",
      instructions: "Count.",
      tools: [{ type: "file_search" as const }, weather],
      tool_resources: { file_search: { vector_store_ids: ["vs_1"] } },
      metadata: { a: "b" },
      temperature: 0.5,
      top_p: 0.25,
      response_format: { type: "json_object" as const },
    };
    const made = await assistants.create(given);
    const { id, object, created_at: _, ...rest } = made;
    assert.match(id, /^asst_/);
    assert.equal(object, "assistant");
    assert.deepEqual({ ...rest, ...given }, rest);
    assert.deepEqual(await assistants.retrieve(id), made);

    const changed = await assistants.update(id, { name: null, metadata: { c: "d" } });
    assert.deepEqual(changed, { ...made, name: null, metadata: { c: "d" } });
    assert.deepEqual((await assistants.list()).data, [changed]);

    assert.deepEqual(await assistants.delete(id), {
      id,
      object: "assistant.deleted",
      deleted: true,
    });
    assert.deepEqual((await assistants.list()).data, []);
  },

  "threads are created, read, changed and deleted": async ({ client }) => {
    const { threads } = client.beta;
    const made = await threads.create({
      messages: [{ role: "user", content: "Hi." }, { role: "assistant", content: "Hello." }],
      tool_resources: { code_interpreter: { file_ids: ["file-1"] } },
      metadata: { a: "b" },
    });
    assert.match(made.id, /^thread_/);
    assert.deepEqual(made.tool_resources, { code_interpreter: { file_ids: ["file-1"] } });
    const { data } = await threads.messages.list(made.id, { order: "asc" });
    assert.deepEqual(data.map(textOf), ["Hi.", "Hello."]);
    assert.deepEqual(await threads.retrieve(made.id), made);
    const changed = await threads.update(made.id, { metadata: null });
    assert.deepEqual(changed, { ...made, metadata: {} });
    assert.deepEqual(await threads.delete(made.id), {
      id: made.id,
      object: "thread.deleted",
      deleted: true,
    });
    await assert.rejects(threads.messages.list(made.id), OpenAI.NotFoundError);
    assert.match((await threads.create()).id, /^thread_/);
  },

  "messages are created, read, changed, listed and deleted": async ({ client }) => {
    const { messages } = client.beta.threads;
    const { id: thread_id } = await client.beta.threads.create();
    const made = await messages.create(thread_id, {
      role: "user",
      content: [
        { type: "text", text: "Sieh: 🌍" },
        { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
        { type: "image_file", image_file: { file_id: "file-1" } },
      ],
      metadata: { a: "b" },
    });
    assert.deepEqual(made.content, [
      { type: "text", text: { value: "Sieh: 🌍", annotations: [] } },
      { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
      { type: "image_file", image_file: { file_id: "file-1", detail: "auto" } },
    ]);
    const { id } = made;
    assert.deepEqual(await messages.retrieve(id, { thread_id }), made);
    const changed = await messages.update(id, { thread_id, metadata: { c: "d" } });
    assert.deepEqual(changed, { ...made, metadata: { c: "d" } });
    assert.deepEqual((await messages.list(thread_id)).data, [changed]);
    assert.deepEqual(await messages.delete(id, { thread_id }), {
      id,
      object: "thread.message.deleted",
      deleted: true,
    });
    assert.deepEqual((await messages.list(thread_id)).data, []);
  },

  "lists are read page by page and as a whole": async ({ client }) => {
    const { messages } = client.beta.threads;
    const { id: thread_id } = await client.beta.threads.create();
    const texts = Array.from({ length: 45 }, (_, index) => `${index}`);
    for (const content of texts) await messages.create(thread_id, { role: "user", content });

    const newestFirst: string[] = [];
    for await (const message of messages.list(thread_id)) newestFirst.push(textOf(message));
    assert.deepEqual(newestFirst, texts.toReversed());

    const first = await messages.list(thread_id, { order: "asc", limit: 20 });
    assert.deepEqual([first.has_more, first.hasNextPage()], [true, true]);
    const second = await first.getNextPage();
    const third = await second.getNextPage();
    const pages = [first, second, third].map((page) => page.getPaginatedItems());
    assert.deepEqual(pages.map(({ length }) => length), [20, 20, 5]);
    assert.deepEqual(pages.flat().map(textOf), texts);
    assert.deepEqual([third.has_more, third.hasNextPage()], [false, false]);

    const again: string[] = [];
    for await (const page of first.iterPages()) again.push(...page.data.map(textOf));
    assert.deepEqual(again, texts);

    const before = await messages.list(thread_id, {
      order: "asc",
      limit: 5,
      before: second.data[0]?.id,
    });
    assert.deepEqual(before.data.map(textOf), texts.slice(15, 20));
  },

  "a list is read to its end while what was read of it is deleted": async ({ client }) => {
    const { assistants, threads } = client.beta;
    for (let count = 0; count < 25; count++) await assistants.create({ model: "gpt-test" });
    for await (const { id } of assistants.list({ limit: 10 })) await assistants.delete(id);
    assert.deepEqual((await assistants.list()).data, []);

    const { id: thread_id } = await threads.create();
    for (let count = 0; count < 25; count++) {
      await threads.messages.create(thread_id, { role: "user", content: `${count}` });
    }
    for await (const { id } of threads.messages.list(thread_id, { limit: 10, order: "asc" })) {
      await threads.messages.delete(id, { thread_id });
    }
    assert.deepEqual((await threads.messages.list(thread_id)).data, []);
  },

  "a refusal is the error class of its status, with its parameter, code and request id": async (
    world,
  ) => {
    const { beta } = world.client;
    const { thread_id } = await prepare(world);
    const missing = await rejection(beta.assistants.retrieve("asst_none"));
    assert.ok(missing instanceof OpenAI.NotFoundError);
    assert.equal(missing.message, "404 No assistant found with id 'asst_none'.");
    assert.match(missing.requestID ?? "", /^req_/);

    const wrong = await rejection(beta.assistants.list({ limit: 130 }));
    assert.ok(wrong instanceof OpenAI.BadRequestError);
    assert.deepEqual([wrong.type, wrong.param, wrong.code], [
      "invalid_request_error",
      "limit",
      "integer_above_max_value",
    ]);
    const streamed = await rejection(
      beta.threads.runs.create(thread_id, { assistant_id: "asst_none", stream: true }),
    );
    assert.ok(streamed instanceof OpenAI.NotFoundError);
  },

  "an answer has its headers and its request id": async ({ client }) => {
    const call = client.beta.threads.create();
    const { data, response, request_id } = await call.withResponse();
    assert.match(request_id ?? "", /^req_/);
    assert.equal(response.headers.get("x-request-id"), request_id);
    assert.match((await client.beta.threads.create())._request_id ?? "", /^req_/);
    const raw = await client.beta.threads.retrieve(data.id).asResponse();
    assert.equal((await raw.json()).id, data.id);
  },
};

async function rejection(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError);
    return error;
  }
  throw new Error("It was not refused.");
}
