/** What users of the TypeScript server did, or could not do with it. */

import assert from "node:assert/strict";
import { tempFolder } from "../kit/process.ts";
import { openStore } from "../../src/store/mod.ts";
import { gate, held, text } from "../fakes/responses_server.ts";
import { type Json, objectOf, start } from "./_server.ts";

// Row P3.6 of the predecessors.
Deno.test("imported ids of any valid length are accepted", async () => {
  await using folder = await tempFolder();
  const DATABASE_URL = `sqlite:${folder.path}/old.db`;
  const store = openStore(DATABASE_URL);
  const pairs = [["asst_7", "thread_7"], [`asst_${"a".repeat(200)}`, `thread_${"t".repeat(200)}`]];
  for (const [assistantId = "", threadId = ""] of pairs) {
    await store.forTenant("default").insertAssistant({ ...ASSISTANT, id: assistantId });
    const thread = {
      id: threadId,
      object: "thread" as const,
      created_at: 1_700_000_000,
      metadata: {},
      tool_resources: null,
    };
    await store.forTenant("default").addToThread(threadId, { thread, messages: [] }, 0, () => ({}));
  }
  await store.close();

  await using started = await start({ DATABASE_URL });
  const { call } = started;
  for (const [assistant_id, thread_id] of pairs) {
    assert.equal((await call("assistant-get", { assistant_id }))["id"], assistant_id);
    const run = await call("run-create", { assistant_id, thread_id, stream: true });
    assert.deepEqual([run["status"], run["assistant_id"]], ["completed", assistant_id]);
    const { data } = await call("message-list", { thread_id });
    assert.equal(data.length, 1);
  }
});

// Row P3.6 of the predecessors.
Deno.test("models can have any name", async () => {
  await using started = await start();
  const { call, upstream } = started;
  for (const model of ["gpt-4", "my-org/llama-3.3:70b@q4_K_M", "ft:gpt:acme::8x", "modèle №1"]) {
    const assistant = await call("assistant-create", { model });
    assert.equal(assistant["model"], model);
    const run = await call("create_thread_and_run", {
      assistant_id: assistant["id"],
      stream: true,
    });
    assert.deepEqual([run["status"], run["model"]], ["completed", model]);
    assert.equal(upstream.requests.at(-1)?.body?.model, model);
    await call("ask_openai", { query: "Hello", model });
    assert.equal(upstream.requests.at(-1)?.body?.model, model);
  }
});

// Row P3.6 of the predecessors.
Deno.test("ping is answered, notifications are not, and calls run concurrently", async () => {
  await using started = await start();
  const { server, upstream } = started;
  const gates = [gate(), gate(), gate()];
  const ids = gates.map((_, index) => `call ${index}`);
  upstream.enqueue(...gates.map((gate, index) => held(gate, text(`Answer ${index}.`))));
  for (const [index, id] of ids.entries()) {
    const params = { name: "ask_openai", arguments: { query: `Question ${index}` } };
    await server.send({ jsonrpc: "2.0", id, method: "tools/call", params });
    // In this order, as each of them gets the next answer.
    await gates[index]?.reached;
  }
  await server.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  await server.send({ jsonrpc: "2.0", method: "notifications/made/up", params: { id: 5 } });
  await server.send({ jsonrpc: "2.0", id: "ping", method: "ping" });
  assert.deepEqual(await server.next(), { jsonrpc: "2.0", id: "ping", result: {} });
  const thread = objectOf(await server.callTool("thread-create"));
  assert.match(thread["id"], /^thread_/);
  assert.equal(upstream.peak, 3);

  for (const index of [2, 0, 1]) {
    gates[index]?.open();
    const { id, result } = await server.next();
    assert.equal(id, ids[index]);
    assert.equal(objectOf(result)["text"], `Answer ${index}.`);
  }
});

// Row P3.6 of the predecessors.
Deno.test("standard output contains only JSON-RPC", async () => {
  for (const ENVIRONMENT of ["development", "production"]) {
    await using started = await start({ LOG_LEVEL: "debug", ENVIRONMENT });
    const { server, call, refusal } = started;
    const lines: Json[] = [];
    const ask = async (id: number, method: string, params?: unknown) => {
      await server.send({ jsonrpc: "2.0", id, method, params });
      // Not JSON makes this fail.
      do lines.push(await server.next()); while (lines.at(-1).id !== id);
    };
    await ask(1, "tools/list");
    await ask(2, "tools/call", { name: "ask_assistant", arguments: { message: "Hello" } });
    await ask(3, "tools/call", { name: "assistant-create", arguments: { oops: true } });
    await ask(4, "no/such/method");
    await refusal("assistant-get", { assistant_id: "asst_none" });
    await call("list_models");
    await server.write("not JSON\n");
    lines.push(await server.next());
    await server.endInput();
    const { rest, stderr } = await server.ended();
    lines.push(...rest.map((line) => JSON.parse(line)));
    for (const { jsonrpc, result, error, method } of lines) {
      assert.equal(jsonrpc, "2.0");
      assert.ok(result ?? error ?? method);
    }
    assert.notEqual(stderr, "");
  }
});

const ASSISTANT = {
  object: "assistant" as const,
  created_at: 1_700_000_000,
  name: null,
  description: null,
  model: "gpt-test",
  instructions: null,
  tools: [],
  tool_resources: null,
  metadata: {},
  temperature: 1,
  top_p: 1,
  response_format: "auto" as const,
  reasoning_effort: null,
};
