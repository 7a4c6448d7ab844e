import assert from "node:assert/strict";
import OpenAI, { APIError } from "openai";
import {
  cut,
  errorEvent,
  failed,
  functionCalls,
  gate,
  hang,
  held,
  incomplete,
  neverAnswer,
  refusal,
  reply,
  type ResponsesServer,
  startResponsesServer,
  status,
  text,
} from "./responses_server.ts";

function client(fake: ResponsesServer): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: fake.url, maxRetries: 0, logLevel: "off" });
}

const ask = { model: "gpt-test", input: "Good morning" };

Deno.test("the scripted server echoes the last user text, streamed and not", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const whole = await openai.responses.create(ask);
  assert.equal(whole.output_text, 'You said: "Good morning".');
  assert.equal(whole.status, "completed");
  const streamed = await openai.responses.stream(ask).finalResponse();
  assert.equal(streamed.output_text, whole.output_text);
  assert.deepEqual(fake.requests.map(({ method, path }) => `${method} ${path}`), [
    "POST /responses",
    "POST /responses",
  ]);
  assert.equal(fake.requests[1]?.headers.authorization, "Bearer sk-test");
  assert.equal(fake.requests[1]?.body?.stream, true);
});

Deno.test("the scripted server sends a text in OpenAI's order of events", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(text(["Hel", "lo"], { usage: { input: 7, output: 2, cached: 3, reasoning: 1 } }));
  const events = [];
  for await (const event of await client(fake).responses.create({ ...ask, stream: true })) {
    events.push(event);
  }
  assert.deepEqual(events.map((event) => event.type), [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  assert.deepEqual(events.map((event) => event.sequence_number), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const last = events.at(-1);
  assert.ok(last?.type === "response.completed");
  assert.deepEqual(last.response.usage, {
    input_tokens: 7,
    input_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 9,
  });
});

Deno.test("the scripted server sends every kind of item and ending", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const final = () => openai.responses.stream(ask).finalResponse();

  fake.enqueue(functionCalls([{ name: "weather", arguments: { city: "Oslo" } }]));
  const [call] = (await final()).output;
  assert.ok(call?.type === "function_call");
  assert.deepEqual([call.name, call.arguments, call.call_id], [
    "weather",
    '{"city":"Oslo"}',
    "call_weather_0",
  ]);

  fake.enqueue(refusal(["I can", "not."]));
  const [message] = (await final()).output;
  assert.ok(message?.type === "message");
  const [part] = message.content;
  assert.equal(part?.type === "refusal" && part.refusal, "I cannot.");

  fake.enqueue(reply([
    { type: "raw", item: { type: "reasoning", summary: [], encrypted_content: "x" }, events: [] },
    { type: "message", text: ["Thought."] },
  ]));
  const thought = await final();
  assert.deepEqual(thought.output.map((item) => item.type), ["reasoning", "message"]);
  assert.equal(thought.output_text, "Thought.");

  fake.enqueue(incomplete("max_output_tokens", "Hal"));
  const half = await final();
  assert.equal(half.status, "incomplete");
  assert.deepEqual(half.incomplete_details, { reason: "max_output_tokens" });
  assert.equal(half.output_text, "Hal");

  fake.enqueue(failed({ code: "server_error", message: "Out of luck." }, ["par"]));
  const broken = await openai.responses.create({ ...ask, stream: true });
  const types = [];
  for await (const event of broken) types.push(event.type);
  assert.equal(types.at(-1), "response.failed");
  assert.ok(!types.includes("response.output_item.done"));

  fake.enqueue(errorEvent({ code: "server_error", message: "Gone wrong." }));
  await assert.rejects(final(), (error) => {
    assert.ok(error instanceof APIError);
    assert.equal(error.message, "Gone wrong.");
    assert.equal(error.code, "server_error");
    return true;
  });
});

Deno.test("the scripted server stands still at a gate", async () => {
  await using fake = startResponsesServer();
  const middle = gate();
  fake.enqueue(text(["one ", middle, "two"]));
  const deltas = [];
  for await (const event of await client(fake).responses.create({ ...ask, stream: true })) {
    if (event.type !== "response.output_text.delta") continue;
    deltas.push(event.delta);
    if (deltas.length === 1) {
      await middle.reached;
      middle.open();
    }
  }
  assert.deepEqual(deltas, ["one ", "two"]);
});

Deno.test("the scripted server answers with a status, its headers and a request id", async () => {
  await using fake = startResponsesServer();
  const error = { message: "Slow down.", type: "requests", param: null, code: "rate_limit" };
  fake.enqueue(status(429, { headers: { "retry-after": "7" }, body: { error } }));
  await assert.rejects(client(fake).responses.create(ask), (thrown) => {
    assert.ok(thrown instanceof APIError);
    assert.equal(thrown.status, 429);
    assert.equal(thrown.message, "429 Slow down.");
    assert.equal(thrown.headers?.get("retry-after"), "7");
    assert.equal(thrown.requestID, fake.requests[0]?.requestId);
    return true;
  });
});

Deno.test("the scripted server cuts a stream", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(cut(text(["a", "b", "c"]), 5));
  const types: string[] = [];
  await assert.rejects(async () => {
    for await (const event of await client(fake).responses.create({ ...ask, stream: true })) {
      types.push(event.type);
    }
  });
  assert.equal(types.length, 5);
  fake.enqueue(cut(text("a"), 1));
  await assert.rejects(async () => await client(fake).responses.create(ask));
});

Deno.test("the scripted server hangs until the client goes, and says so", async () => {
  await using fake = startResponsesServer();
  const silent = hang(text(["a", "b"]), 5);
  fake.enqueue(silent);
  for await (const event of await client(fake).responses.create({ ...ask, stream: true })) {
    if (event.type === "response.output_text.delta") break;
  }
  await silent.gone;
});

Deno.test("the scripted server closes although requests hang, wait and are never answered", async () => {
  const fake = startResponsesServer();
  const never = gate();
  fake.enqueue(hang(text("a"), 2), neverAnswer(), held(never, text("b")), text([never]));
  const pending = [0, 1, 2, 3].map(() => client(fake).responses.stream(ask).finalResponse());
  const settled = Promise.allSettled(pending);
  await fake.received(4);
  await never.reached;
  assert.equal(fake.peak, 4);
  await fake.close();
  assert.deepEqual((await settled).map(({ status }) => status), Array(4).fill("rejected"));
});

Deno.test("the scripted server lists and names its models", async () => {
  await using fake = startResponsesServer({ models: ["one", "two"] });
  const openai = client(fake);
  assert.deepEqual((await openai.models.list()).data.map((model) => model.id), ["one", "two"]);
  assert.equal((await openai.models.retrieve("two")).id, "two");
  await assert.rejects(openai.models.retrieve("three"), /404 The model 'three' does not exist/);
});
