import assert from "node:assert/strict";
import OpenAI from "openai";
import { ApiError } from "../../src/shared/errors.ts";
import { gate, reply, text } from "../fakes/responses_server.ts";
import {
  clientOf,
  prepare,
  readAll,
  readTo,
  refusal,
  send,
  settled,
  setUp,
  streamRun,
} from "../kit/engine.ts";

Deno.test("createRun() answers with a message of the assistant, a step and the usage", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(text(["Hello ", "you."], { usage: { input: 12, output: 7 } }));
  const { assistant_id, thread_id } = await prepare(setup);

  const created = await client.beta.threads.runs.create(thread_id, { assistant_id });
  assert.equal(created.status, "queued");
  assert.equal(created.expires_at, created.created_at + 600);
  const run = await settled(setup, created);

  const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };
  assert.equal(run.status, "completed");
  assert.deepEqual(run.usage, usage);
  assert.equal(run.expires_at, null);
  assert.ok(run.started_at !== null && run.completed_at !== null);

  const { data: [message] } = await client.beta.threads.messages.list(thread_id);
  assert.equal(message?.status, "completed");
  assert.equal(message.role, "assistant");
  assert.deepEqual([message.assistant_id, message.run_id], [assistant_id, run.id]);
  assert.deepEqual(message.content, [
    { type: "text", text: { value: "Hello you.", annotations: [] } },
  ]);

  const { data: steps } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  assert.equal(steps.length, 1);
  assert.equal(steps[0]?.status, "completed");
  assert.deepEqual(steps[0].usage, usage);
  assert.deepEqual(steps[0].step_details, {
    type: "message_creation",
    message_creation: { message_id: message.id },
  });
  const step = await client.beta.threads.runs.steps.retrieve(steps[0].id, {
    thread_id,
    run_id: run.id,
  });
  assert.deepEqual(step, steps[0]);
});

Deno.test("createRun() replays the thread to the upstream and keeps nothing there", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(text("First answer."), text("Second answer."));
  const { assistant_id, thread_id } = await prepare(setup, "First question.");
  await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  await client.beta.threads.messages.create(thread_id, {
    role: "user",
    content: [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
      { type: "image_file", image_file: { file_id: "file-abc" } },
    ],
  });
  await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });

  assert.deepEqual(upstream.requests.at(-1)?.body, {
    model: "gpt-test",
    input: [
      { role: "user", content: [{ type: "input_text", text: "First question." }] },
      { role: "assistant", content: "First answer." },
      {
        role: "user",
        content: [
          { type: "input_text", text: "What is this?" },
          { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
          { type: "input_image", file_id: "file-abc", detail: "auto" },
        ],
      },
    ],
    stream: true,
    store: false,
    prompt_cache_key: thread_id,
    truncation: "auto",
  });
});

Deno.test("createRun() sends everything that the run and its assistant say", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const schema = { type: "object", properties: {} };
  const assistant = await client.beta.assistants.create({
    model: "gpt-of-assistant",
    instructions: "Be kind.",
    temperature: 0.5,
    reasoning_effort: "low",
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", schema, strict: true, description: "An answer." },
    },
  });
  const { thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.createAndPoll(thread_id, {
    assistant_id: assistant.id,
    additional_instructions: "Be brief.",
    additional_messages: [{ role: "user", content: "And this?" }],
    top_p: 0.9,
    max_completion_tokens: 300,
    truncation_strategy: { type: "last_messages", last_messages: 1 },
    metadata: { a: "b" },
  });
  assert.equal(run.instructions, "Be kind.\nBe brief.");
  assert.deepEqual(run.metadata, { a: "b" });
  assert.deepEqual(upstream.requests.at(-1)?.body, {
    model: "gpt-of-assistant",
    input: [{ role: "user", content: [{ type: "input_text", text: "And this?" }] }],
    stream: true,
    store: false,
    prompt_cache_key: thread_id,
    instructions: "Be kind.\nBe brief.",
    temperature: 0.5,
    top_p: 0.9,
    max_output_tokens: 300,
    reasoning: { effort: "low" },
    text: {
      format: {
        type: "json_schema",
        schema,
        name: "answer",
        strict: true,
        description: "An answer.",
      },
    },
  });

  await client.beta.threads.runs.createAndPoll(thread_id, {
    assistant_id: assistant.id,
    model: "gpt-of-run",
    instructions: "Be rude.",
    temperature: 1,
    reasoning_effort: "high",
    response_format: { type: "json_object" },
  });
  const body = upstream.requests.at(-1)?.body;
  assert.equal(body?.model, "gpt-of-run");
  assert.equal(body.instructions, "Be rude.");
  assert.equal(body.temperature, undefined);
  assert.deepEqual(body.reasoning, { effort: "high" });
  assert.deepEqual(body.text, { format: { type: "json_object" } });
});

Deno.test("createRun() reads no more messages than the truncation strategy lets through", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup, "0");
  for (let i = 1; i < 230; i++) {
    await client.beta.threads.messages.create(thread_id, { role: "user", content: String(i) });
  }
  await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  const input = upstream.requests.at(-1)?.body?.input as { content: { text: string }[] }[];
  assert.deepEqual(
    input.map(({ content }) => content[0]?.text),
    Array.from({ length: 230 }, (_, i) => String(i)),
  );
});

Deno.test("createRun() with max_prompt_tokens does not ask the upstream with a longer prompt", async () => {
  await using setup = await setUp({ countTokens: ({ input }) => JSON.stringify(input).length });
  const { client, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup, "word ".repeat(20));
  const ask = async (max_prompt_tokens: number) => {
    const body = { assistant_id, max_prompt_tokens };
    const { status, incomplete_details } = await client.beta.threads.runs
      .createAndPoll(thread_id, body);
    return [status, incomplete_details?.reason];
  };
  assert.deepEqual(await ask(400), ["completed", undefined]);
  assert.deepEqual(await ask(256), ["incomplete", "max_prompt_tokens"]);
  assert.deepEqual(upstream.requests.map(({ path }) => path), [
    "/responses/input_tokens",
    "/responses",
    "/responses/input_tokens",
  ]);
  const [counted, asked] = upstream.requests;
  const { model, input } = asked?.body ?? {};
  assert.deepEqual([counted?.body?.model, counted?.body?.input], [model, input]);
});

Deno.test("createRun() estimates the prompt where the upstream does not count, and asks it once", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup, "word ".repeat(300));
  for (let i = 0; i < 2; i++) {
    const run = await client.beta.threads.runs.createAndPoll(thread_id, {
      assistant_id,
      max_prompt_tokens: 256,
    });
    assert.equal(run.status, "incomplete");
    assert.deepEqual(run.incomplete_details, { reason: "max_prompt_tokens" });
  }
  assert.deepEqual(upstream.requests.map(({ path }) => path), ["/responses/input_tokens"]);
});

Deno.test("createThreadAndRun() makes both at once", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { assistant_id } = await prepare(setup);
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id,
    thread: { messages: [{ role: "user", content: "Hi!" }], metadata: { x: "y" } },
    instructions: "Echo.",
  });
  assert.equal(run.status, "completed");
  const thread = await client.beta.threads.retrieve(run.thread_id);
  assert.deepEqual(thread.metadata, { x: "y" });
  const { data } = await client.beta.threads.messages.list(thread.id, { order: "asc" });
  assert.deepEqual(data.map(({ role }) => role), ["user", "assistant"]);

  const alone = await client.beta.threads.createAndRun({ assistant_id });
  assert.equal((await settled(setup, alone)).status, "completed");
});

Deno.test("createRun() refuses a second run and messages while a run is active", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(reply([wait]));
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const error = { type: "invalid_request_error", param: null, code: null };

  assert.deepEqual(await refusal(client.beta.threads.runs.create(thread_id, { assistant_id })), {
    status: 400,
    message: `Thread ${thread_id} already has an active run ${run.id}.`,
    ...error,
  });
  const message = { role: "user", content: "More?" } as const;
  assert.deepEqual(await refusal(client.beta.threads.messages.create(thread_id, message)), {
    status: 400,
    message: `Can't add messages to ${thread_id} while a run ${run.id} is active.`,
    ...error,
  });
  const { data: [first] } = await client.beta.threads.messages.list(thread_id);
  const id = first?.id ?? "";
  assert.deepEqual(await refusal(client.beta.threads.messages.delete(id, { thread_id })), {
    status: 400,
    message: `Can't delete messages of ${thread_id} while a run ${run.id} is active.`,
    ...error,
  });
  const changed = await client.beta.threads.messages.update(id, {
    thread_id,
    metadata: { a: "1" },
  });
  assert.deepEqual(changed.metadata, { a: "1" });

  wait.open();
  assert.equal((await settled(setup, run)).status, "completed");
  await client.beta.threads.messages.create(thread_id, message);
});

Deno.test("createRun() refuses runs with tools that the upstream has not, but not assistants that have them", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { thread_id } = await prepare(setup);
  const { id: assistant_id } = await client.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "file_search" }],
  });
  const { status, message, param } = await refusal(
    client.beta.threads.runs.create(thread_id, { assistant_id }),
  );
  assert.deepEqual([status, param], [400, "tools"]);
  assert.match(
    String(message),
    /does not run 'file_search', as far as is known\. Set UPSTREAM_TOOLS if it does/,
  );
  const chosen = await refusal(
    client.beta.threads.runs.create(thread_id, {
      assistant_id,
      tools: [],
      tool_choice: { type: "code_interpreter" },
    }),
  );
  assert.deepEqual([chosen.status, chosen.param], [400, "tool_choice"]);
  assert.equal(upstream.requests.length, 0);
  assert.deepEqual((await client.beta.threads.runs.list(thread_id)).data, []);

  const run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id, tools: [] });
  assert.equal(run.status, "completed");
});

Deno.test("createRun() stores nothing for a caller without a key", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  const client = clientOf(setup.engine, {
    ...setup.caller,
    upstream: () =>
      Promise.reject(
        new ApiError("No key.", { status: 401, code: "invalid_api_key", retryAfterS: 3 }),
      ),
  });
  const error = await client.beta.threads.runs.create(thread_id, {
    assistant_id,
    additional_messages: [{ role: "user", content: "More." }],
  }).then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof OpenAI.AuthenticationError);
  assert.equal(error.code, "invalid_api_key");
  assert.equal(error.headers.get("retry-after"), "3");
  assert.equal((await client.beta.threads.messages.list(thread_id)).data.length, 1);
  await assert.rejects(client.beta.threads.createAndRun({ assistant_id }), { status: 401 });
  const threads = await send(setup, "GET", "/threads");
  assert.equal((threads.body.data as unknown[]).length, 1);
});

Deno.test("modifyRun() changes the metadata, also while the run is under way", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  const delta = (await readTo(events, "thread.message.delta")).at(-1)?.data;
  const { data: [run] } = await client.beta.threads.runs.list(thread_id);
  const run_id = run?.id ?? "";
  await client.beta.threads.runs.update(run_id, { thread_id, metadata: { a: "b" } });
  await client.beta.threads.messages.update(delta.id, { thread_id, metadata: { c: "d" } });
  wait.open();
  const rest = await readAll(events);
  const completed = rest.find(({ event }) => event === "thread.run.completed");
  assert.deepEqual(completed?.data.metadata, { a: "b" });
  const message = await client.beta.threads.messages.retrieve(delta.id, { thread_id });
  assert.deepEqual(message.metadata, { c: "d" });
  assert.equal(message.status, "completed");
  const again = await client.beta.threads.runs.update(run_id, { thread_id, metadata: null });
  assert.deepEqual(again.metadata, {});
});

Deno.test("submitToolOutputs() is refused in every status of a run without tools", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  assert.deepEqual(
    await refusal(
      client.beta.threads.runs.submitToolOutputs(run.id, {
        thread_id,
        tool_outputs: [{ tool_call_id: "call_1", output: "1" }],
      }),
    ),
    {
      status: 400,
      message: `Runs in status "completed" do not accept tool outputs.`,
      type: "invalid_request_error",
      param: null,
      code: null,
    },
  );
});

Deno.test("getRun() says how soon to look again while the run is under way", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(reply([wait]));
  const { assistant_id, thread_id } = await prepare(setup);
  const { response, data: run } = await client.beta.threads.runs.create(thread_id, { assistant_id })
    .withResponse();
  assert.ok(Number(response.headers.get("openai-poll-after-ms")) > 0);
  wait.open();
  await settled(setup, run);
  const done = await send(setup, "GET", `/threads/${thread_id}/runs/${run.id}`);
  assert.equal(done.headers.get("openai-poll-after-ms"), null);
});

Deno.test("deleteAssistant() during a run leaves the run alone", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  await client.beta.assistants.delete(assistant_id);
  wait.open();
  assert.equal((await settled(setup, run)).status, "completed");
});
