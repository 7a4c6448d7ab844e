/** What the TypeScript server's roadmap promised: filtering and search, and bulk operations. */

import assert from "node:assert/strict";
import { text } from "../fakes/responses_server.ts";
import { type Json, start } from "./_server.ts";

const ALL = { TOOLSETS: "all" };

const idsOf = ({ data }: Json): string[] => data.map(({ id }: Json) => id);

// Row P3.5 of the predecessors.
Deno.test("search_messages finds messages of all threads by their words", async () => {
  await using started = await start(ALL);
  const { call, refusal, upstream } = started;
  upstream.enqueue(text("Rhubarb pie takes forty minutes."));
  const turn = await call("ask_assistant", { message: "How long does a pie take?" });
  const other = await call("create_thread", {
    messages: [{ role: "user", content: 'A note: "apple pie" is for Sunday.' }],
  });

  const found = await call("search_messages", { query: "PIE" });
  assert.deepEqual(found.data.map(({ role, thread_id }: Json) => [role, thread_id]), [
    ["user", other.id],
    ["assistant", turn.thread_id],
    ["user", turn.thread_id],
  ]);
  assert.equal(found.data[1].snippet, "Rhubarb **pie** takes forty minutes.");
  const [note, answer, question] = idsOf(found);
  const search = async (args: Json) => idsOf(await call("search_messages", args));
  assert.deepEqual(await search({ query: '"apple pie"' }), [note]);
  assert.deepEqual(await search({ query: "pie rhub*", role: "assistant" }), [answer]);
  assert.deepEqual(await search({ query: "pie", thread_id: turn.thread_id, limit: 1 }), [answer]);
  assert.deepEqual(await search({ query: "pie", after: answer }), [question]);
  assert.deepEqual(await search({ query: 'pie" AND (NOT' }), []);
  const { text: said, fields } = await refusal("search_messages", { query: "?!" });
  assert.match(said, /has no word to search for/);
  assert.deepEqual([fields.status, fields.param], [400, "query"]);

  await call("delete_thread", { thread_id: other.id });
  assert.deepEqual(await search({ query: "pie" }), [answer, question]);
});

// Row P3.5 of the predecessors.
Deno.test("lists can be filtered by metadata, time, status and assistant", async () => {
  await using started = await start(ALL);
  const { call, refusal, upstream } = started;
  const north = await call("create_assistant", { metadata: { team: "north", level: "1" } });
  const south = await call("create_assistant", { metadata: { team: "south", level: "1" } });
  const list = async (tool: string, args: Json) => idsOf(await call(tool, args));
  assert.deepEqual(await list("list_assistants", { metadata: { level: "1" } }), [
    south.id,
    north.id,
  ]);
  assert.deepEqual(
    await list("list_assistants", { metadata: { level: "1", team: "north" } }),
    [north.id],
  );
  const page = await call("list_assistants", { metadata: { level: "1" }, limit: 1 });
  assert.equal(page.has_more, true);
  assert.deepEqual(
    await list("list_assistants", { metadata: { level: "1" }, after: page.last_id }),
    [north.id],
  );

  const first = await call("create_thread", { metadata: { user: "ada" } });
  await call("create_thread", { metadata: { user: "bob" } });
  assert.deepEqual(await list("list_threads", { metadata: { user: "ada" } }), [first.id]);
  assert.deepEqual(await list("list_threads", { created_before: first.created_at }), []);
  assert.equal((await list("list_threads", { created_after: first.created_at - 1 })).length, 2);

  const thread_id = first.id;
  upstream.enqueue(text("One."), text("Two."));
  const stream = true;
  const one = await call("create_run", { thread_id, assistant_id: north.id, stream });
  const two = await call("create_run", {
    thread_id,
    assistant_id: south.id,
    stream,
    metadata: { shift: "late" },
  });
  assert.deepEqual(await list("list_runs", { thread_id, status: "completed" }), [two.id, one.id]);
  assert.deepEqual(await list("list_runs", { thread_id, status: "failed" }), []);
  assert.deepEqual(await list("list_runs", { thread_id, assistant_id: north.id }), [one.id]);
  assert.deepEqual(await list("list_runs", { thread_id, metadata: { shift: "late" } }), [two.id]);
  const messages = await call("list_messages", { thread_id, assistant_id: south.id });
  assert.equal(messages.data[0].content[0].text.value, "Two.");
  const { text: said } = await refusal("list_runs", { thread_id, status: "done" });
  assert.match(said, /'done'. Supported values are: 'queued', 'in_progress'/);
});

// Row P3.5 of the predecessors.
Deno.test("create_messages adds all messages of a call or none", async () => {
  await using started = await start(ALL);
  const { call, refusal } = started;
  const { id: thread_id } = await call("create_thread");
  const messages = Array.from({ length: 50 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `Line ${index}.`,
  }));
  const made = await call("create_messages", { thread_id, messages });
  const listed = await call("list_messages", { thread_id, order: "asc", limit: 100 });
  assert.deepEqual(idsOf(made), idsOf(listed));
  assert.deepEqual(
    listed.data.map(({ role, content: [part] }: Json) => ({ role, content: part.text.value })),
    messages,
  );

  const wrong = [...messages.slice(0, 3), { role: "user", content: "x".repeat(256_001) }];
  const { text: said, fields } = await refusal("create_messages", { thread_id, messages: wrong });
  assert.match(said, /^Invalid 'messages\[3\]\.content': string too long/);
  assert.deepEqual([fields.param, fields.retryable], ["messages[3].content", false]);
  const again = await call("list_messages", { thread_id, order: "asc", limit: 100 });
  assert.deepEqual(idsOf(again), idsOf(listed));
});
