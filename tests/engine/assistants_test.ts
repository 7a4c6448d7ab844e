import assert from "node:assert/strict";
import type OpenAI from "openai";
import { send, setUp } from "../kit/engine.ts";

Deno.test("createAssistant() answers every field of the contract, with its defaults", async () => {
  await using setup = await setUp();
  const { status, headers, body } = await send(setup, "POST", "/assistants", { model: "gpt-test" });
  assert.equal(status, 200);
  assert.match(headers.get("x-request-id") ?? "", /^req_[A-Za-z0-9]{24}$/);
  assert.match(headers.get("openai-processing-ms") ?? "", /^\d+$/);
  assert.match(headers.get("content-type") ?? "", /^application\/json/);
  const { id, created_at, ...rest } = body;
  assert.match(String(id), /^asst_[A-Za-z0-9]{24}$/);
  assert.ok(Math.abs(Number(created_at) - Date.now() / 1000) < 5);
  assert.deepEqual(rest, {
    object: "assistant",
    name: null,
    description: null,
    model: "gpt-test",
    instructions: null,
    tools: [],
    tool_resources: null,
    metadata: {},
    temperature: 1,
    top_p: 1,
    response_format: "auto",
    reasoning_effort: null,
  });
});

Deno.test("assistants are created, read, changed, listed and deleted", async () => {
  await using setup = await setUp();
  const { assistants } = setup.client.beta;
  const params = {
    model: "gpt-test",
    name: "Ada",
    description: "Counts.",
    instructions: "Count.",
    tools: [
      { type: "code_interpreter" },
      {
        type: "file_search",
        file_search: { max_num_results: 5, ranking_options: { score_threshold: 0.5 } },
      },
      {
        type: "function",
        function: {
          name: "add",
          description: "Adds.",
          parameters: { type: "object" },
          strict: true,
        },
      },
    ],
    tool_resources: {
      code_interpreter: { file_ids: ["file-1"] },
      file_search: { vector_store_ids: ["vs_1"] },
    },
    metadata: { a: "b" },
    temperature: 0.2,
    top_p: 0.3,
    response_format: { type: "json_object" },
    reasoning_effort: "high",
  } satisfies OpenAI.Beta.AssistantCreateParams;
  const created = await assistants.create(params);
  const { id, object: _object, created_at: _created, ...fields } = created;
  assert.deepEqual(fields, params);
  assert.deepEqual(await assistants.retrieve(id), created);

  const changed = await assistants.update(id, { name: "Bea", tools: [], metadata: null });
  assert.deepEqual(changed, { ...created, name: "Bea", tools: [], metadata: {} });
  const reset = await assistants.update(id, {
    name: null,
    description: null,
    instructions: null,
    tool_resources: null,
    temperature: null,
    top_p: null,
    response_format: null,
    reasoning_effort: null,
  });
  assert.deepEqual(reset, {
    ...changed,
    name: null,
    description: null,
    instructions: null,
    tool_resources: null,
    temperature: 1,
    top_p: 1,
    response_format: "auto",
    reasoning_effort: null,
  });
  const { data } = await assistants.list();
  assert.deepEqual(data, [reset]);

  assert.deepEqual(await assistants.delete(id), { id, object: "assistant.deleted", deleted: true });
  await assert.rejects(assistants.retrieve(id), { status: 404 });
  await assert.rejects(assistants.update(id, { name: "x" }), { status: 404 });
  await assert.rejects(assistants.delete(id), { status: 404 });
});

Deno.test("createAssistant() with an Idempotency-Key makes one assistant for each tenant", async () => {
  await using setup = await setUp();
  const { engine, caller, callerOf } = setup;
  const create = async (who = caller, key = "default-assistant") => {
    const request = new Request("http://engine/v1/assistants", {
      method: "POST",
      headers: { "idempotency-key": key },
      body: JSON.stringify({ model: "gpt-test" }),
    });
    const response = await engine.fetch(request, who);
    return { status: response.status, id: (await response.json()).id };
  };
  const first = await create();
  assert.deepEqual(await create(), first);
  const [one, two] = await Promise.all([create(caller, "k"), create(caller, "k")]);
  assert.deepEqual(one, two);
  assert.notEqual(one.id, first.id);
  assert.notEqual((await create(callerOf("other"))).id, first.id);
  assert.equal((await create(caller, "k".repeat(256))).status, 400);
});

Deno.test("createAssistant() describes no vector store to an upstream without them", async () => {
  await using setup = await setUp();
  const file_search = { vector_stores: [{ file_ids: ["file-1"] }] };
  const { status, body } = await send(setup, "POST", "/assistants", {
    model: "gpt-test",
    tool_resources: { file_search },
  });
  assert.equal(status, 400);
  const { message, param } = body.error as Record<string, string>;
  assert.equal(param, "tool_resources.file_search.vector_stores");
  assert.match(message ?? "", /Set UPSTREAM_TOOLS if it does/);
});
