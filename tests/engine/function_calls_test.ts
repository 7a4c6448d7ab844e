/** Function tools: what the upstream is told of them, and what becomes of its calls. */

import assert from "node:assert/strict";
import { functionCalls, gate, reply, status, text } from "../fakes/responses_server.ts";
import {
  eventNames,
  prepare,
  readAll,
  readTo,
  settled,
  type Setup,
  setUp,
  stream,
  streamRun,
  weather,
} from "../kit/engine.ts";

const BEGIN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"];

/** Begins a run with a function tool, and reads its events to where it stops. */
async function play(setup: Setup, ids: { assistant_id: string; thread_id: string }) {
  return await readAll(await streamRun(setup, { ...ids, tools: [weather] }));
}

Deno.test("createRun() tells the upstream of its functions, strict only where they are", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  const parameters = { type: "object", properties: { a: { type: "number" } } };
  const run = (more: object) =>
    client.beta.threads.runs.createAndPoll(thread_id, {
      assistant_id,
      tools: [
        { type: "function", function: { name: "plain" } },
        { type: "function", function: { name: "full", description: "All.", parameters } },
        { type: "function", function: { name: "strict", parameters, strict: true } },
      ],
      ...more,
    });
  await run({});
  const { tools, tool_choice, parallel_tool_calls, include } = upstream.requests.at(-1)?.body ?? {};
  assert.deepEqual(tools, [
    {
      type: "function",
      name: "plain",
      parameters: { type: "object", properties: {} },
      strict: false,
    },
    { type: "function", name: "full", description: "All.", parameters, strict: false },
    { type: "function", name: "strict", parameters, strict: true },
  ]);
  assert.deepEqual([tool_choice, parallel_tool_calls], ["auto", true]);
  assert.deepEqual(include, ["reasoning.encrypted_content"]);

  const choices = [
    ["none", "none"],
    ["required", "required"],
    [{ type: "function", function: { name: "plain" } }, { type: "function", name: "plain" }],
  ];
  for (const [asked, sent] of choices) {
    await run({ tool_choice: asked, parallel_tool_calls: false });
    const body = upstream.requests.at(-1)?.body;
    assert.deepEqual([body?.tool_choice, body?.parallel_tool_calls], [sent, false]);
  }
});

Deno.test("createRun() streams calls in one step and waits for their outputs", async () => {
  await using setup = await setUp();
  setup.upstream.enqueue(reply([
    { type: "function_call", name: "weather", arguments: ['{"city":', '"Oslo"}'], call_id: "a" },
    { type: "function_call", name: "weather", arguments: ['{"city":"Rome"}'], call_id: "b" },
  ]));
  const ids = await prepare(setup);
  const frames = await play(setup, ids);
  assert.deepEqual(eventNames(frames), [
    ...BEGIN,
    "thread.run.step.created",
    "thread.run.step.in_progress",
    ...Array(5).fill("thread.run.step.delta"),
    "thread.run.requires_action",
    "done",
  ]);
  const step = frames[3]?.data;
  assert.equal(step.type, "tool_calls");
  assert.deepEqual(step.step_details, { type: "tool_calls", tool_calls: [] });
  const deltas = frames.slice(5, 10).map(({ data }) => data);
  assert.deepEqual(deltas[0], {
    id: step.id,
    object: "thread.run.step.delta",
    delta: {
      step_details: {
        type: "tool_calls",
        tool_calls: [{
          index: 0,
          id: "a",
          type: "function",
          function: { name: "weather", arguments: "", output: null },
        }],
      },
    },
  });
  assert.deepEqual(deltas.slice(1).map(({ delta }) => delta.step_details.tool_calls), [
    [{ index: 0, type: "function", function: { arguments: '{"city":' } }],
    [{ index: 0, type: "function", function: { arguments: '"Oslo"}' } }],
    [{
      index: 1,
      id: "b",
      type: "function",
      function: { name: "weather", arguments: "", output: null },
    }],
    [{ index: 1, type: "function", function: { arguments: '{"city":"Rome"}' } }],
  ]);

  const run = frames.at(-2)?.data;
  const call = (id: string, city: string) => ({
    id,
    type: "function",
    function: { name: "weather", arguments: JSON.stringify({ city }) },
  });
  assert.deepEqual(run.required_action, {
    type: "submit_tool_outputs",
    submit_tool_outputs: { tool_calls: [call("a", "Oslo"), call("b", "Rome")] },
  });
  assert.equal(run.usage.total_tokens, 15);
  const { client } = setup;
  const { thread_id } = ids;
  assert.deepEqual(await client.beta.threads.runs.retrieve(run.id, { thread_id }), run);
  const stored = await client.beta.threads.runs.steps.retrieve(step.id, {
    thread_id,
    run_id: run.id,
  });
  assert.equal(stored.status, "in_progress");
  assert.equal(stored.usage, null);
  assert.ok(stored.step_details.type === "tool_calls");
  assert.deepEqual(
    stored.step_details.tool_calls.map((call) => call.type === "function" && call.function.output),
    [null, null],
  );
});

Deno.test("a message before the calls is a step of its own, completed before theirs begins", async () => {
  await using setup = await setUp();
  setup.upstream.enqueue(reply([
    { type: "raw", item: { type: "reasoning", summary: [] }, events: [] },
    { type: "message", text: ["Let me look."] },
    { type: "function_call", name: "weather", arguments: ["{}"], call_id: "a" },
  ]));
  const frames = await play(setup, await prepare(setup));
  assert.deepEqual(eventNames(frames), [
    ...BEGIN,
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.run.step.delta",
    "thread.run.step.delta",
    "thread.run.requires_action",
    "done",
  ]);
});

Deno.test("a message after the calls comes whole, while their step stays the only one told", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(reply([
    { type: "function_call", name: "weather", arguments: ["{}"], call_id: "a" },
    { type: "message", text: ["I am ", "looking."] },
    { type: "function_call", name: "weather", arguments: ["{}"], call_id: "b" },
  ]));
  const { assistant_id, thread_id } = await prepare(setup);
  const following = client.beta.threads.runs.stream(thread_id, { assistant_id, tools: [weather] });
  const run = await following.finalRun();
  assert.deepEqual(
    run.required_action?.submit_tool_outputs.tool_calls.map(({ id }) => id),
    ["a", "b"],
  );
  const [message] = await following.finalMessages();
  assert.ok(message?.content[0]?.type === "text");
  assert.equal(message.content[0].text.value, "I am looking.");
  const { data: steps } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  assert.deepEqual(steps.map(({ type, status }) => [type, status]).toSorted(), [
    ["message_creation", "completed"],
    ["tool_calls", "in_progress"],
  ]);
});

Deno.test("calls are understood of servers that send fewer events than OpenAI", async () => {
  await using setup = await setUp();
  const call = {
    type: "function_call",
    call_id: "a",
    name: "weather",
    arguments: '{"city":"Oslo"}',
    status: "completed",
  };
  const begun = { ...call, arguments: "" };
  const delta = { type: "response.function_call_arguments.delta", output_index: 0 };
  const streams: object[][] = [
    // Only the end.
    [{ type: "response.completed", response: { status: "completed", output: [call] } }],
    // No output at the end.
    [
      { type: "response.output_item.done", output_index: 0, item: call },
      { type: "response.completed", response: { status: "completed" } },
    ],
    // No item that is done.
    [
      { type: "response.output_item.added", output_index: 0, item: begun },
      { ...delta, delta: '{"city":"Oslo"}' },
      { type: "response.completed", response: { status: "completed", output: [call] } },
    ],
    // Places that are counted differently at the end.
    [
      { type: "response.output_item.done", output_index: 3, item: call },
      { type: "response.completed", response: { status: "completed", output: [call] } },
    ],
    // Arguments that are other ones at the end.
    [
      { type: "response.output_item.added", output_index: 0, item: begun },
      { ...delta, delta: "{}" },
      { type: "response.output_item.done", output_index: 0, item: call },
      { type: "response.completed", response: { status: "completed", output: [call] } },
    ],
  ];
  for (const events of streams) {
    setup.upstream.enqueue(status(200, {
      headers: { "content-type": "text/event-stream" },
      body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""),
    }));
    const ids = await prepare(setup);
    const run = (await play(setup, ids)).at(-2)?.data;
    assert.equal(run.status, "requires_action");
    const calls = run.required_action.submit_tool_outputs.tool_calls;
    assert.deepEqual(calls, [
      { id: "a", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
    ]);
    const { thread_id } = ids;
    await setup.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id,
      tool_outputs: [{ tool_call_id: "a", output: "Rain." }],
    });
    const input = setup.upstream.requests.at(-1)?.body?.input;
    assert.deepEqual(Array.isArray(input) && input.slice(1), [
      call,
      { type: "function_call_output", call_id: "a", output: "Rain." },
    ]);
  }
});

Deno.test("a run that ends in the middle of its calls leaves them without outputs", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const half = {
    type: "function_call",
    name: "weather",
    arguments: ['{"ci'],
    call_id: "a",
  } as const;
  const rows = [
    [{ status: "incomplete", reason: "max_output_tokens" }, "incomplete", "completed"],
    [{ status: "failed", error: { code: "server_error", message: "B." } }, "failed", "failed"],
    [{ status: "error", error: { code: "server_error", message: "B." } }, "failed", "failed"],
  ] as const;
  for (const [ending, ofRun, ofStep] of rows) {
    upstream.enqueue(reply([half], { ending }));
    const ids = await prepare(setup);
    const frames = await play(setup, ids);
    assert.deepEqual(eventNames(frames).slice(-4), [
      "thread.run.step.delta",
      `thread.run.step.${ofStep}`,
      `thread.run.${ofRun}`,
      "done",
    ]);
    const run = frames.at(-2)?.data;
    assert.equal(run.required_action, null);
    const { thread_id, assistant_id } = ids;
    const next = await client.beta.threads.runs.create(thread_id, { assistant_id });
    await settled(setup, next);
    const input = upstream.requests.at(-1)?.body?.input;
    assert.equal(Array.isArray(input) && input.length, 1);
  }
});

Deno.test("getRun() with stream joins a run in the middle of its calls, and ends with them", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(reply([{
    type: "function_call",
    name: "weather",
    arguments: ['{"city":', wait, '"Oslo"}'],
    call_id: "a",
  }]));
  const { assistant_id, thread_id } = await prepare(setup);
  const path = `/threads/${thread_id}/runs`;
  const first = await streamRun(setup, { assistant_id, thread_id, tools: [weather] });
  await readTo(first, "thread.run.step.delta");
  await readTo(first, "thread.run.step.delta");
  const { data: [run] } = await client.beta.threads.runs.list(thread_id);
  const joined = await stream(setup, "GET", `${path}/${run?.id}?stream=true`);
  const [, step] = await readTo(joined, "thread.run.step.created");
  assert.equal(step?.data.step_details.tool_calls[0].function.arguments, '{"city":');
  wait.open();
  const rest = await readAll(joined);
  assert.deepEqual(eventNames(rest), [
    "thread.run.step.delta",
    "thread.run.requires_action",
    "done",
  ]);
  await readAll(first);
  const later = await readAll(await stream(setup, "GET", `${path}/${run?.id}?stream=true`));
  assert.deepEqual(eventNames(later), ["thread.run.requires_action", "done"]);
});

Deno.test("a model that does not give its reasoning away is asked without, and once only", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const error = {
    message: "Encrypted content is not supported with this model.",
    type: "invalid_request_error",
    param: "include",
    code: null,
  };
  upstream.enqueue(status(400, { body: { error } }));
  const { assistant_id, thread_id } = await prepare(setup);
  for (let i = 0; i < 2; i++) {
    const run = await client.beta.threads.runs.createAndPoll(thread_id, {
      assistant_id,
      tools: [weather],
    });
    assert.equal(run.status, "completed");
  }
  await client.beta.threads.runs.createAndPoll(thread_id, {
    assistant_id,
    model: "another",
    tools: [weather],
  });
  assert.deepEqual(
    upstream.requests.map(({ body }) => [body?.model, body?.include !== undefined]),
    [["gpt-test", true], ["gpt-test", false], ["gpt-test", false], ["another", true]],
  );
});

Deno.test("what earlier runs have called is replayed in its place, without the upstream's ids", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(
    reply([
      { type: "raw", item: { type: "reasoning", encrypted_content: "secret" }, events: [] },
      { type: "message", text: ["Let me look."] },
      { type: "function_call", name: "weather", arguments: ['{"city":"Oslo"}'], call_id: "a" },
    ]),
    functionCalls([{ name: "weather", arguments: {}, call_id: "b" }]),
    text("Rain."),
    functionCalls([{ name: "weather", arguments: {}, call_id: "never" }]),
  );
  const { assistant_id, thread_id } = await prepare(setup, "Weather?");
  const { runs } = client.beta.threads;
  const body = { assistant_id, tools: [weather] };
  let run = await runs.createAndPoll(thread_id, body);
  for (const tool_call_id of ["a", "b"]) {
    run = await runs.submitToolOutputsAndPoll(run.id, {
      thread_id,
      tool_outputs: [{ tool_call_id, output: `Output of ${tool_call_id}.` }],
    });
  }
  assert.equal(run.status, "completed");
  const unanswered = await runs.createAndPoll(thread_id, body);
  await runs.cancel(unanswered.id, { thread_id });
  await client.beta.threads.messages.create(thread_id, { role: "user", content: "And now?" });

  const user = (text: string) => ({ role: "user", content: [{ type: "input_text", text }] });
  const whole = [
    user("Weather?"),
    { role: "assistant", content: "Let me look." },
    { type: "function_call", call_id: "a", name: "weather", arguments: '{"city":"Oslo"}' },
    { type: "function_call_output", call_id: "a", output: "Output of a." },
    { type: "function_call", call_id: "b", name: "weather", arguments: "{}" },
    { type: "function_call_output", call_id: "b", output: "Output of b." },
    { role: "assistant", content: "Rain." },
    user("And now?"),
  ];
  await runs.createAndPoll(thread_id, { ...body, tools: [] });
  assert.deepEqual(upstream.requests.at(-1)?.body?.input, whole);

  for (const [last_messages, from] of [[1, 7], [2, 6], [3, 1]] as const) {
    const { data: [answer] } = await client.beta.threads.messages.list(thread_id);
    await client.beta.threads.messages.delete(answer?.id ?? "", { thread_id });
    await runs.createAndPoll(thread_id, {
      ...body,
      truncation_strategy: { type: "last_messages", last_messages },
    });
    assert.deepEqual(upstream.requests.at(-1)?.body?.input, whole.slice(from));
  }
});

Deno.test("the calls of a run that said nothing after them are replayed before what came later", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(
    functionCalls([{ name: "weather", arguments: {}, call_id: "a" }]),
    status(500),
  );
  const { assistant_id, thread_id } = await prepare(setup, "Weather?");
  const { runs } = client.beta.threads;
  const run = await runs.createAndPoll(thread_id, { assistant_id, tools: [weather] });
  const failed = await runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs: [{ tool_call_id: "a", output: "Rain." }],
  });
  assert.equal(failed.status, "failed");
  await runs.createAndPoll(thread_id, { assistant_id });
  const input = upstream.requests.at(-1)?.body?.input;
  assert.deepEqual(Array.isArray(input) && input.map(({ type, role }) => type ?? role), [
    "user",
    "function_call",
    "function_call_output",
  ]);
});
