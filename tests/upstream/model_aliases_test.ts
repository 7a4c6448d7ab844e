import { configureSync, resetSync } from "@logtape/logtape";
import assert from "node:assert/strict";
import OpenAI from "openai";
import { aliasesAt, withAliases } from "../../src/upstream/policies/model_aliases.ts";
import { clientOf, prepare, settled, setUp } from "../kit/engine.ts";
import { type ResponsesServer, startResponsesServer, status } from "../fakes/responses_server.ts";

const OPENAI = "https://api.openai.com/v1";
const RETIRED = new Map([["gpt-4", undefined], ["gpt-3.5-turbo", "gpt-small"]]);

Deno.test("aliasesAt() fills in the default model, at OpenAI", () => {
  const named = { MODEL_ALIASES: RETIRED, DEFAULT_MODEL: "gpt-new" };
  for (const url of [OPENAI, "https://eu.api.openai.com/v1/"]) {
    assert.deepEqual(
      [...aliasesAt({ ...named, OPENAI_BASE_URL: url })],
      [["gpt-4", "gpt-new"], ["gpt-3.5-turbo", "gpt-small"]],
    );
  }
});

Deno.test("aliasesAt() leaves alone what may be a deployment elsewhere, and what stands for itself", () => {
  const elsewhere = [
    "http://localhost:11434/v1",
    "https://x.openai.azure.com/openai/v1",
    "https://api.openai.com.example.com/v1",
    "https://myapi.openai.com.evil/v1",
    "offline:",
  ];
  for (const OPENAI_BASE_URL of elsewhere) {
    const aliases = aliasesAt({ OPENAI_BASE_URL, MODEL_ALIASES: RETIRED, DEFAULT_MODEL: "x" });
    assert.equal(aliases.size, 0, OPENAI_BASE_URL);
  }
  const same = new Map([["gpt-4", "gpt-4"], ["gpt-5", undefined]]);
  const settings = { OPENAI_BASE_URL: OPENAI, MODEL_ALIASES: same, DEFAULT_MODEL: "gpt-5" };
  assert.equal(aliasesAt(settings).size, 0);
  assert.equal(aliasesAt({ OPENAI_BASE_URL: OPENAI }).size, 0);
});

Deno.test("an alias goes out as its model, and all else as it is", async () => {
  await using server = startResponsesServer();
  const openai = aliased(server);
  const params = { input: 'The "gpt-4" of old', temperature: 0.5, store: false };
  const answer = await openai.responses.create({ ...params, model: "gpt-4" });
  assert.equal(answer.model, "gpt-new");
  assert.deepEqual(server.requests[0]?.body, { ...params, model: "gpt-new" });

  await openai.responses.create({ ...params, model: "gpt-4o" });
  assert.deepEqual(server.requests[1]?.body, { ...params, model: "gpt-4o" });

  const counting = openai.post("/responses/input_tokens", {
    body: { input: "Hi", model: "gpt-3.5-turbo" },
  });
  await assert.rejects(counting, { status: 404 });
  assert.deepEqual(server.requests[2]?.body, { input: "Hi", model: "gpt-small" });

  const other = openai.post("/batches", { body: { prompt: "A cat", model: "gpt-4" } });
  await assert.rejects(other, { status: 404 });
  assert.deepEqual(server.requests[3]?.body, { prompt: "A cat", model: "gpt-4" });
});

Deno.test("a run keeps the name of the model that was asked", async () => {
  await using setup = await setUp();
  const { engine, upstream } = setup;
  const caller = { ...setup.caller, upstream: () => Promise.resolve(aliased(upstream)) };
  const client = clientOf(engine, caller);
  const own = { engine, caller, client };
  const { thread_id } = await prepare(own);
  const assistant = await client.beta.assistants.create({ model: "gpt-4", temperature: 0.3 });
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id: assistant.id });
  assert.equal(run.model, "gpt-4");
  upstream.enqueue(refusal("temperature"));
  const ended = await settled(own, run);
  assert.deepEqual([ended.status, ended.model], ["completed", "gpt-4"]);
  assert.deepEqual(upstream.requests.map(({ body }) => [body?.model, body?.temperature]), [
    ["gpt-new", 0.3],
    ["gpt-new", undefined],
  ]);
  assert.equal((await client.beta.assistants.retrieve(assistant.id)).model, "gpt-4");
});

Deno.test("sampling parameters that the model refuses are left out, from then on", async () => {
  await using server = startResponsesServer();
  const openai = aliased(server);
  const params = { input: "Hi", model: "gpt-4", temperature: 0.5, top_p: 0.9 };
  server.enqueue(refusal("temperature"), refusal("top_p", { code: null }));
  assert.equal((await openai.responses.create(params)).status, "completed");
  assert.equal((await openai.responses.create(params)).status, "completed");
  assert.deepEqual(server.requests.map(({ body }) => [body?.temperature, body?.top_p]), [
    [0.5, 0.9],
    [undefined, 0.9],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

Deno.test("what stands for a model is logged once, and so is what is left out", async () => {
  const logged: string[] = [];
  configureSync({
    sinks: { list: ({ level, message }) => logged.push(`${level}: ${message.join("")}`) },
    loggers: [
      { category: ["assistants-mcp"], lowestLevel: "info", sinks: ["list"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  try {
    await using server = startResponsesServer();
    const openai = aliased(server);
    server.enqueue(refusal("temperature"));
    for (const model of ["gpt-4", "gpt-4", "gpt-3.5-turbo", "gpt-o"]) {
      await openai.responses.create({ input: "Hi", model, temperature: 0.5 });
    }
  } finally {
    resetSync();
  }
  assert.deepEqual(logged, [
    "info: MODEL_ALIASES: gpt-new answers where gpt-4 is asked for.",
    "info: gpt-new refuses temperature; requests for gpt-4 go without it.",
    "info: MODEL_ALIASES: gpt-small answers where gpt-3.5-turbo is asked for.",
  ]);
});

Deno.test("other refusals are passed on, and so are those of models that are no aliases", async () => {
  await using server = startResponsesServer();
  const openai = aliased(server);
  const refusals = [
    refusal("temperature", {
      message: "Invalid 'temperature': decimal above maximum value.",
      code: "decimal_above_max_value",
    }),
    refusal("max_output_tokens"),
    refusal("top_p"),
    status(400, { body: "Bad request" }),
    status(404, { body: { error: { message: "No such model.", code: "model_not_found" } } }),
  ];
  const params = { input: "Hi", model: "gpt-4", temperature: 0.5 };
  for (const script of refusals) {
    server.enqueue(script);
    await assert.rejects(openai.responses.create(params), OpenAI.APIError);
  }
  server.enqueue(refusal("temperature"));
  await assert.rejects(openai.responses.create({ ...params, model: "gpt-o" }), {
    status: 400,
    message: /Unsupported parameter: 'temperature'/,
  });
  assert.equal(server.requests.length, refusals.length + 1);
});

function aliased(server: ResponsesServer): OpenAI {
  const ask = withAliases(fetch, new Map([["gpt-4", "gpt-new"], ["gpt-3.5-turbo", "gpt-small"]]));
  return new OpenAI({
    apiKey: "sk-test",
    baseURL: server.url,
    maxRetries: 0,
    fetch: (url, init) => ask(String(url), init),
  });
}

function refusal(param: string, changes: Record<string, unknown> = {}) {
  const message = `Unsupported parameter: '${param}' is not supported with this model.`;
  const type = "invalid_request_error";
  const error = { message, type, param, code: "unsupported_parameter", ...changes };
  return status(400, { body: { error } });
}

Deno.test("a request that is no JSON is for the model server to refuse, alias or not", async () => {
  const asked: unknown[] = [];
  const ask = withAliases((_, init) => {
    asked.push(init?.body);
    return Promise.resolve(new Response(null, { status: 400 }));
  }, new Map([["gpt-4", "gpt-new"]]));
  const body = '{"model": "gpt-4", "input": "Dear diary';
  const { status } = await ask(`${OPENAI}/responses`, { method: "POST", body });
  assert.equal(status, 400);
  assert.deepEqual(asked, [body]);
});
