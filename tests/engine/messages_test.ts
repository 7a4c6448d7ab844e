import assert from "node:assert/strict";
import { prepare, refusal, setUp } from "../kit/engine.ts";

Deno.test("messages are created, read, changed, listed and deleted", async () => {
  await using setup = await setUp();
  const { messages } = setup.client.beta.threads;
  const { id: thread_id } = await setup.client.beta.threads.create();
  const message = await messages.create(thread_id, {
    role: "user",
    content: [
      { type: "text", text: "Look:" },
      { type: "image_file", image_file: { file_id: "file-1" } },
      { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "high" } },
    ],
    attachments: [{ file_id: "file-2", tools: [{ type: "file_search" }] }],
    metadata: { a: "b" },
  });
  const { id, created_at, ...rest } = message;
  assert.match(id, /^msg_[A-Za-z0-9]{24}$/);
  assert.deepEqual(rest, {
    object: "thread.message",
    thread_id,
    status: "completed",
    incomplete_details: null,
    completed_at: created_at,
    incomplete_at: null,
    role: "user",
    content: [
      { type: "text", text: { value: "Look:", annotations: [] } },
      { type: "image_file", image_file: { file_id: "file-1", detail: "auto" } },
      { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "high" } },
    ],
    assistant_id: null,
    run_id: null,
    attachments: [{ file_id: "file-2", tools: [{ type: "file_search" }] }],
    metadata: { a: "b" },
  });
  assert.deepEqual(await messages.retrieve(id, { thread_id }), message);

  const changed = await messages.update(id, { thread_id, metadata: { c: "d" } });
  assert.deepEqual(changed, { ...message, metadata: { c: "d" } });
  assert.deepEqual(await messages.update(id, { thread_id }), changed);
  assert.deepEqual((await messages.list(thread_id)).data, [changed]);

  assert.deepEqual(await messages.delete(id, { thread_id }), {
    id,
    object: "thread.message.deleted",
    deleted: true,
  });
  await assert.rejects(messages.retrieve(id, { thread_id }), { status: 404 });
  await assert.rejects(messages.delete(id, { thread_id }), { status: 404 });
});

Deno.test("a message is found in its own thread only", async () => {
  await using setup = await setUp();
  const { threads } = setup.client.beta;
  const { thread_id } = await prepare(setup);
  const { id: elsewhere } = await threads.create();
  const { data: [message] } = await threads.messages.list(thread_id);
  const id = message?.id ?? "";
  const requests = [
    () => threads.messages.retrieve(id, { thread_id: elsewhere }),
    () => threads.messages.update(id, { thread_id: elsewhere, metadata: {} }),
    () => threads.messages.delete(id, { thread_id: elsewhere }),
  ];
  for (const request of requests) {
    const { status, message } = await refusal(request());
    assert.deepEqual([status, message], [404, `No message found with id '${id}'.`]);
  }
});

Deno.test("listMessages() can be asked for those of one run", async () => {
  await using setup = await setUp();
  const { threads } = setup.client.beta;
  const { thread_id, assistant_id } = await prepare(setup);
  const run = await threads.runs.createAndPoll(thread_id, { assistant_id });
  await threads.runs.createAndPoll(thread_id, { assistant_id });
  const { data } = await threads.messages.list(thread_id, { run_id: run.id });
  assert.deepEqual(data.map(({ run_id }) => run_id), [run.id]);
  assert.equal((await threads.messages.list(thread_id)).data.length, 3);
});
