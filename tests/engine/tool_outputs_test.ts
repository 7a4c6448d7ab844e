/** The outputs of function calls: how a run goes on with them, and which are refused. */

import assert from "node:assert/strict";
import type OpenAI from "openai";
import { functionCalls, gate, hang, reply, text } from "../fakes/responses_server.ts";
import {
  eventNames,
  ManualClock,
  prepare,
  readAll,
  readTo,
  refusal,
  send,
  settled,
  type Setup,
  setUp,
  stream,
  weather,
} from "../kit/engine.ts";

const TWO = functionCalls([
  { name: "weather", arguments: { city: "Oslo" }, call_id: "a" },
  { name: "weather", arguments: { city: "Rome" }, call_id: "b" },
]);
const OUTPUTS = [{ tool_call_id: "b", output: "Sun." }, { tool_call_id: "a", output: "Rain." }];

/** A run that waits for the outputs of its calls. */
async function called(setup: Setup, script = TWO, body: object = {}) {
  setup.upstream.enqueue(script);
  const { assistant_id, thread_id } = await prepare(setup);
  const created = await setup.client.beta.threads.runs.create(thread_id, {
    assistant_id,
    tools: [weather],
    ...body,
  });
  const run = await settled(setup, created);
  assert.equal(run.status, "requires_action");
  return { run, assistant_id, thread_id };
}

Deno.test("submitToolOutputs() goes on with the raw items and the outputs of all calls", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const reasoning = {
    id: "rs_1",
    type: "reasoning",
    summary: [],
    encrypted_content: "secret",
  };
  const { run, thread_id } = await called(
    setup,
    reply([
      { type: "raw", item: reasoning, events: [] },
      { type: "raw", item: { id: "rs_2", type: "reasoning", summary: [] }, events: [] },
      { type: "function_call", name: "weather", arguments: ["{}"], call_id: "a" },
    ], { usage: { input: 20, output: 4 } }),
  );
  upstream.enqueue(text("It rains.", { usage: { input: 30, output: 6 } }));
  const submitted = await client.beta.threads.runs.submitToolOutputs(run.id, {
    thread_id,
    tool_outputs: [{ tool_call_id: "a", output: "Rain." }],
  });
  assert.equal(submitted.status, "queued");
  assert.equal(submitted.required_action, null);
  const done = await settled(setup, submitted);
  assert.equal(done.status, "completed");
  assert.equal(done.started_at, run.started_at);
  assert.deepEqual(done.usage, { prompt_tokens: 50, completion_tokens: 10, total_tokens: 60 });

  const { input, tools } = upstream.requests.at(-1)?.body ?? {};
  assert.ok(Array.isArray(input) && tools);
  assert.deepEqual(input.map(({ type }) => type), [
    undefined,
    "reasoning",
    "function_call",
    "function_call_output",
  ]);
  assert.deepEqual(input[1], reasoning);
  assert.deepEqual(input[3], { type: "function_call_output", call_id: "a", output: "Rain." });

  const query = { thread_id, order: "asc" } as const;
  const { data: [calls, answer] } = await client.beta.threads.runs.steps.list(run.id, query);
  assert.ok(calls?.step_details.type === "tool_calls");
  assert.equal(calls.status, "completed");
  assert.equal(calls.usage?.total_tokens, 24);
  assert.equal(answer?.usage?.total_tokens, 36);
  assert.deepEqual(calls.step_details.tool_calls, [{
    id: "a",
    type: "function",
    function: { name: "weather", arguments: "{}", output: "Rain." },
  }]);
  assert.deepEqual(await setup.store.forTenant("default").runItems(run.id), []);
});

Deno.test("submitToolOutputs() with stream tells of the completed step first", async () => {
  await using setup = await setUp();
  const { run, thread_id } = await called(setup);
  const path = `/threads/${thread_id}/runs/${run.id}/submit_tool_outputs`;
  const body = { tool_outputs: OUTPUTS, stream: true };
  const frames = await readAll(await stream(setup, "POST", path, body));
  assert.deepEqual(eventNames(frames).filter((name) => !name.endsWith("delta")), [
    "thread.run.step.completed",
    "thread.run.queued",
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.run.step.in_progress",
    "thread.message.created",
    "thread.message.in_progress",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
    "done",
  ]);
  type Calls = { function: { output: string } }[];
  const calls: Calls = frames[0]?.data.step_details.tool_calls;
  assert.deepEqual(calls.map((call) => call.function.output), ["Rain.", "Sun."]);
});

Deno.test("submitToolOutputs() wants one output for each call, and changes nothing otherwise", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { run, thread_id } = await called(setup);
  const rows: [ids: (string | undefined)[], got: string][] = [
    [["a"], "['a']"],
    [[], "[]"],
    [["a", "b", "c"], "['a', 'b', 'c']"],
    [["a", "a"], "['a', 'a']"],
    [["a", "b", "b"], "['a', 'b', 'b']"],
    [["a", undefined], "['a']"],
    [["a", "b", undefined], "['a', 'b']"],
  ];
  for (const [ids, got] of rows) {
    const tool_outputs = ids.map((tool_call_id) => ({ tool_call_id, output: "x" }));
    for (const stream of [false, true]) {
      const path = `/threads/${thread_id}/runs/${run.id}/submit_tool_outputs`;
      const { status, body } = await send(setup, "POST", path, { tool_outputs, stream });
      const message = `Expected tool outputs for call_ids ['a', 'b'], got ${got}`;
      const error = { message, type: "invalid_request_error", param: null, code: null };
      assert.deepEqual([status, body], [400, { error }]);
    }
  }
  assert.deepEqual(await client.beta.threads.runs.retrieve(run.id, { thread_id }), run);
  const done = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    // An output that is left out is an empty one.
    tool_outputs: [{ tool_call_id: "b" }, { tool_call_id: "a", output: "" }],
  });
  assert.equal(done.status, "completed");
  const input = setup.upstream.requests.at(-1)?.body?.input;
  assert.deepEqual(Array.isArray(input) && input.slice(-2), [
    { type: "function_call_output", call_id: "a", output: "" },
    { type: "function_call_output", call_id: "b", output: "" },
  ]);
});

Deno.test("submitToolOutputs() is refused in every other status", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  const { runs } = client.beta.threads;
  const refused = async (run: OpenAI.Beta.Threads.Run, status: string) => {
    const { message } = await refusal(
      runs.submitToolOutputs(run.id, { thread_id: run.thread_id, tool_outputs: OUTPUTS }),
    );
    assert.equal(message, `Runs in status "${status}" do not accept tool outputs.`);
  };
  const cancelled = await called(setup);
  await runs.cancel(cancelled.run.id, { thread_id: cancelled.thread_id });
  await refused(cancelled.run, "cancelled");

  const running = await called(setup);
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const going = await runs.submitToolOutputs(running.run.id, {
    thread_id: running.thread_id,
    tool_outputs: OUTPUTS,
  });
  const path = `/threads/${running.thread_id}/runs/${going.id}?stream=true`;
  await readTo(await stream(setup, "GET", path), "thread.run.in_progress");
  await refused(going, "in_progress");
  wait.open();
  await settled(setup, going);
  await refused(going, "completed");

  for (const timers of [true, false]) {
    const late = await called(setup);
    clock.advance(601_000, { timers });
    await refused(late.run, "expired");
    clock.advance(0);
  }
});

Deno.test("several rounds of calls, each with its own outputs", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { run, thread_id } = await called(setup, TWO, { tool_choice: "required" });
  // Some servers give the same ids in each response.
  upstream.enqueue(TWO, text("Done."));
  const tool_outputs = OUTPUTS;
  const again = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs,
  });
  assert.equal(again.status, "requires_action");
  assert.equal(again.usage?.total_tokens, 30);
  const done = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs,
  });
  assert.equal(done.status, "completed");
  assert.equal(done.usage?.total_tokens, 45);
  const { data } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  assert.deepEqual(data.map(({ status, usage }) => [status, usage?.total_tokens]), [
    ["completed", 15],
    ["completed", 15],
    ["completed", 15],
  ]);
  assert.deepEqual(upstream.requests.map(({ body }) => body?.tool_choice), [
    "required",
    "auto",
    "auto",
  ]);
  const inputs = upstream.requests.map(({ body }) => body?.input);
  assert.deepEqual(inputs.map((input) => Array.isArray(input) && input.length), [1, 5, 9]);
});

Deno.test("max_completion_tokens is a budget over all rounds", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const call = (output: number) =>
    reply([{ type: "function_call", name: "weather", arguments: ["{}"], call_id: "a" }], {
      usage: { input: 10, output },
    });
  const { run, thread_id } = await called(setup, call(100), { max_completion_tokens: 300 });
  upstream.enqueue(call(190));
  const submit = () =>
    client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id,
      tool_outputs: [{ tool_call_id: "a", output: "Rain." }],
    });
  assert.equal((await submit()).status, "requires_action");
  const over = await submit();
  assert.equal(over.status, "incomplete");
  assert.deepEqual(over.incomplete_details, { reason: "max_completion_tokens" });
  assert.equal(over.usage?.completion_tokens, 290);
  assert.deepEqual(upstream.requests.map(({ body }) => body?.max_output_tokens), [300, 200]);
});

Deno.test("max_prompt_tokens holds for each round", async () => {
  await using setup = await setUp({ countTokens: ({ input }) => JSON.stringify(input).length });
  const { client, upstream } = setup;
  const { run, thread_id } = await called(setup, TWO, { max_prompt_tokens: 300 });
  const over = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs: [
      { tool_call_id: "a", output: "Rain. ".repeat(50) },
      { tool_call_id: "b", output: "" },
    ],
  });
  assert.equal(over.status, "incomplete");
  assert.deepEqual(over.incomplete_details, { reason: "max_prompt_tokens" });
  assert.equal(upstream.requests.filter(({ path }) => path === "/responses").length, 1);
});

Deno.test("cancelRun() ends a run that waits for outputs", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { run, thread_id } = await called(setup);
  const cancelling = await client.beta.threads.runs.cancel(run.id, { thread_id });
  assert.equal(cancelling.status, "cancelling");
  const { status, required_action } = await client.beta.threads.runs.retrieve(run.id, {
    thread_id,
  });
  assert.deepEqual([status, required_action], ["cancelled", null]);
  const { data: [step] } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  assert.equal(step?.status, "cancelled");
  await client.beta.threads.messages.create(thread_id, { role: "user", content: "Next." });
});

Deno.test("a run that waits for outputs expires with its step, looked at or not", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, store } = setup;
  for (const timers of [true, false]) {
    const { run, thread_id } = await called(setup);
    clock.advance(599_000);
    assert.equal((await store.forTenant("default").get("run", run.id))?.status, "requires_action");
    clock.advance(2_000, { timers });
    const unread = await store.forTenant("default").get("run", run.id);
    assert.equal(unread?.status, timers ? "expired" : "requires_action");
    const { status, required_action } = await client.beta.threads.runs.retrieve(run.id, {
      thread_id,
    });
    assert.deepEqual([status, required_action], ["expired", null]);
    const { data: [step] } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
    assert.equal(step?.status, "expired");
    clock.advance(0);
  }
});

Deno.test("the ten minutes go on while the outputs are worked out and after", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  const { run, thread_id } = await called(setup);
  clock.advance(400_000);
  const script = hang(text(["One ", "two."]), 5);
  upstream.enqueue(script);
  const path = `/threads/${thread_id}/runs/${run.id}/submit_tool_outputs`;
  const events = await stream(setup, "POST", path, { tool_outputs: OUTPUTS, stream: true });
  await readTo(events, "thread.message.delta");
  clock.advance(201_000);
  assert.deepEqual(eventNames(await readAll(events)), [
    "thread.message.incomplete",
    "thread.run.step.expired",
    "thread.run.expired",
    "done",
  ]);
  await script.gone;
  const { status } = await client.beta.threads.runs.retrieve(run.id, { thread_id });
  assert.equal(status, "expired");
});

Deno.test("cancelRun() and submitToolOutputs() race, and one order of them happens", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { runs } = client.beta.threads;
  for (let round = 0; round < 20; round++) {
    const { run, thread_id } = await called(setup);
    const submit = () =>
      runs.submitToolOutputs(run.id, { thread_id, tool_outputs: OUTPUTS })
        .then(() => true, () => false);
    const cancel = () => runs.cancel(run.id, { thread_id }).then(() => true, () => false);
    const [submitted, cancelled, twice] = round % 2
      ? await Promise.all([submit(), cancel(), submit()])
      : await Promise.all([cancel(), submit(), submit()]).then(([c, s, t]) => [s, c, t]);
    assert.ok(!(submitted && twice));
    const { status } = await settled(setup, run);
    assert.equal(status, cancelled ? "cancelled" : "completed");
    const { data } = await runs.steps.list(run.id, { thread_id });
    assert.ok(data.every((step) => step.status !== "in_progress"));
  }
});

Deno.test("metadata that is changed while a run waits and works is kept", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { run, thread_id } = await called(setup);
  const { runs } = client.beta.threads;
  await runs.update(run.id, { thread_id, metadata: { a: "1" } });
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const going = await runs.submitToolOutputs(run.id, { thread_id, tool_outputs: OUTPUTS });
  assert.deepEqual(going.metadata, { a: "1" });
  await wait.reached;
  await runs.update(run.id, { thread_id, metadata: { a: "2" } });
  wait.open();
  const done = await settled(setup, run);
  assert.deepEqual([done.status, done.metadata], ["completed", { a: "2" }]);
});

Deno.test("deleting the assistant lets a run that waits go on, deleting the thread does not", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const first = await called(setup);
  await client.beta.assistants.delete(first.assistant_id);
  const done = await client.beta.threads.runs.submitToolOutputsAndPoll(first.run.id, {
    thread_id: first.thread_id,
    tool_outputs: OUTPUTS,
  });
  assert.equal(done.status, "completed");

  const second = await called(setup);
  await client.beta.threads.delete(second.thread_id);
  const { status } = await refusal(
    client.beta.threads.runs.submitToolOutputs(second.run.id, {
      thread_id: second.thread_id,
      tool_outputs: OUTPUTS,
    }),
  );
  assert.equal(status, 404);
});

Deno.test("the official SDK's helpers go through a function call and back", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(TWO, text("First."));
  const { assistant_id } = await prepare(setup);
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id,
    thread: { messages: [{ role: "user", content: "Weather?" }] },
    tools: [weather],
  });
  assert.equal(run.status, "requires_action");
  const { thread_id } = run;
  const done = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs: OUTPUTS,
  });
  assert.equal(done.status, "completed");

  upstream.enqueue(TWO, text(["Second", "."]));
  const heard: string[] = [];
  const calling = client.beta.threads.runs.stream(thread_id, { assistant_id, tools: [weather] })
    .on("toolCallCreated", (call) => void heard.push(`created ${call.id}`))
    .on("toolCallDelta", (delta) => {
      heard.push(delta.type === "function" ? delta.function?.arguments ?? "" : "");
    })
    .on("toolCallDone", (call) => {
      heard.push(`done ${call.type === "function" ? call.function.arguments : ""}`);
    });
  const waiting = await calling.finalRun();
  assert.equal(waiting.status, "requires_action");
  assert.deepEqual(heard, [
    "created a",
    '{"city":"Oslo"}',
    'done {"city":"Oslo"}',
    "created b",
    '{"city":"Rome"}',
    'done {"city":"Rome"}',
  ]);
  const said: string[] = [];
  const answering = client.beta.threads.runs.submitToolOutputsStream(waiting.id, {
    thread_id,
    tool_outputs: OUTPUTS,
  }).on("textDelta", ({ value = "" }) => void said.push(value));
  assert.equal((await answering.finalRun()).status, "completed");
  assert.deepEqual(said, ["Second", "."]);
  assert.deepEqual((await answering.finalRunSteps()).map(({ type }) => type).toSorted(), [
    "message_creation",
    "tool_calls",
  ]);
});
