import assert from "node:assert/strict";
import { send, setUp } from "../kit/engine.ts";

Deno.test("threads are created, read, changed, listed and deleted", async () => {
  await using setup = await setUp();
  const { threads } = setup.client.beta;
  const plain = await threads.create();
  assert.match(plain.id, /^thread_[A-Za-z0-9]{24}$/);
  const { id: _id, created_at: _created, ...rest } = plain;
  assert.deepEqual(rest, { object: "thread", tool_resources: null, metadata: {} });

  const tool_resources = { file_search: { vector_store_ids: ["vs_1"] } };
  const thread = await threads.create({ tool_resources, metadata: { a: "b" } });
  assert.deepEqual([thread.tool_resources, thread.metadata], [tool_resources, { a: "b" }]);
  assert.deepEqual(await threads.retrieve(thread.id), thread);

  const changed = await threads.update(thread.id, { metadata: { c: "d" } });
  assert.deepEqual(changed, { ...thread, metadata: { c: "d" } });
  const reset = await threads.update(thread.id, { tool_resources: null, metadata: null });
  assert.deepEqual(reset, { ...thread, tool_resources: null, metadata: {} });

  const list = await send(setup, "GET", "/threads?limit=1");
  assert.deepEqual(list.body, {
    object: "list",
    data: [reset],
    first_id: thread.id,
    last_id: thread.id,
    has_more: true,
  });

  const deleted = await threads.delete(thread.id);
  assert.deepEqual(deleted, { id: thread.id, object: "thread.deleted", deleted: true });
  await assert.rejects(threads.retrieve(thread.id), { status: 404 });
  await assert.rejects(threads.update(thread.id, {}), { status: 404 });
  await assert.rejects(threads.delete(thread.id), { status: 404 });
});

Deno.test("createThread() takes messages, which keep their order", async () => {
  await using setup = await setUp();
  const { threads } = setup.client.beta;
  const texts = Array.from({ length: 30 }, (_, i) => `Message ${i}`);
  const { id } = await threads.create({
    messages: texts.map((content) => ({ role: "user", content })),
  });
  const { data } = await threads.messages.list(id, { order: "asc", limit: 100 });
  assert.deepEqual(
    data.map(({ content: [part] }) => part?.type === "text" && part.text.value),
    texts,
  );
});

Deno.test("deleteThread() deletes what was in it", async () => {
  await using setup = await setUp();
  const { threads } = setup.client.beta;
  const { id } = await threads.create({ messages: [{ role: "user", content: "Hi." }] });
  const { data: [message] } = await threads.messages.list(id);
  await threads.delete(id);
  await assert.rejects(threads.messages.list(id), {
    status: 404,
    message: `404 No thread found with id '${id}'.`,
  });
  await assert.rejects(threads.messages.retrieve(message?.id ?? "", { thread_id: id }), {
    message: `404 No thread found with id '${id}'.`,
  });
});
