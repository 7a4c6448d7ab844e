import assert from "node:assert/strict";
import OpenAI from "openai";
import { ApiError } from "../../src/shared/errors.ts";
import {
  cut,
  errorEvent,
  failed,
  incomplete,
  reply,
  type Script,
  status,
  text,
} from "../fakes/responses_server.ts";
import {
  callerTo,
  clientOf,
  prepare,
  settled,
  type Setup,
  setUp,
  upstreamClient,
} from "../kit/engine.ts";

/** Runs a script to its end, and returns the run with the messages and steps it has left. */
async function play(setup: Setup, script: Script) {
  const { client, upstream } = setup;
  upstream.enqueue(script);
  const { assistant_id, thread_id } = await prepare(setup);
  const created = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const run = await settled(setup, created);
  const { data: messages } = await client.beta.threads.messages.list(thread_id, { run_id: run.id });
  const { data: steps } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  return { run, messages, steps, requestId: upstream.requests.at(-1)?.requestId };
}

const answered = (code: number, message: string) =>
  status(code, {
    body: { error: { message, type: "some_error", param: null, code: null } },
  });

Deno.test("a run fails with the contract's code for what the upstream answers", async () => {
  await using setup = await setUp();
  const rows: [script: Script, code: string, message: string][] = [
    [answered(429, "Slow down."), "rate_limit_exceeded", "Slow down."],
    [answered(500, "Broken."), "server_error", "Broken."],
    [answered(503, "Away."), "server_error", "Away."],
    [answered(400, "Bad image."), "invalid_prompt", "Bad image."],
    [
      answered(404, "The model 'x' does not exist"),
      "invalid_prompt",
      "The model 'x' does not exist",
    ],
    [answered(422, "Unprocessable."), "invalid_prompt", "Unprocessable."],
    [failed({ code: "server_error", message: "A." }), "server_error", "A."],
    [failed({ code: "rate_limit_exceeded", message: "B." }), "rate_limit_exceeded", "B."],
    [failed({ code: "invalid_prompt", message: "C." }), "invalid_prompt", "C."],
    [failed({ code: "invalid_image_format", message: "D." }), "invalid_prompt", "D."],
    [failed({ code: "vector_store_timeout", message: "E." }), "server_error", "E."],
    [errorEvent({ code: "rate_limit_exceeded", message: "F." }), "rate_limit_exceeded", "F."],
    [errorEvent({ code: null, message: "G." }), "server_error", "G."],
  ];
  for (const [script, code, message] of rows) {
    const { run, messages, steps, requestId } = await play(setup, script);
    assert.equal(run.status, "failed");
    assert.deepEqual(run.last_error, { code, message: `${message} (request id ${requestId})` });
    assert.ok(run.failed_at !== null && run.started_at !== null);
    assert.deepEqual([messages, steps], [[], []]);
  }
});

Deno.test("a run that the upstream refuses for its key does not tell the key", async () => {
  await using setup = await setUp();
  const secret = "Incorrect API key provided: sk-upst****6789.";
  const told = {
    401: "Incorrect API key provided: [key].",
    403: "The upstream refused this to the API key: Incorrect API key provided: [key].",
  };
  for (const [code, message] of Object.entries(told)) {
    const { run, requestId } = await play(setup, answered(Number(code), secret));
    assert.deepEqual(run.last_error, {
      code: "server_error",
      message: `${message} (request id ${requestId})`,
    });
  }
  const echo = "You sent sk-upstream-secret-0123456789 to us.";
  const { run } = await play(setup, answered(400, echo));
  assert.match(run.last_error?.message ?? "", /^You sent \[key\] to us\./);
});

Deno.test("a run whose upstream breaks off keeps the half message as incomplete", async () => {
  await using setup = await setUp();
  const scripts = [
    cut(text(["Once ", "upon ", "a time"]), 6),
    failed({ code: "server_error", message: "Broken." }, ["Once ", "upon "]),
    errorEvent({ code: "server_error", message: "Broken." }, ["Once ", "upon "]),
  ];
  for (const script of scripts) {
    const { run, messages, steps } = await play(setup, script);
    assert.equal(run.status, "failed");
    assert.equal(run.last_error?.code, "server_error");
    assert.match(run.last_error.message, /broke off|Broken\./);
    assert.equal(messages.length, 1);
    assert.equal(messages[0]?.status, "incomplete");
    assert.deepEqual(messages[0].incomplete_details, { reason: "run_failed" });
    assert.ok(messages[0].incomplete_at !== null);
    assert.deepEqual(messages[0].content, [
      { type: "text", text: { value: "Once upon ", annotations: [] } },
    ]);
    assert.equal(steps[0]?.status, "failed");
    assert.equal(steps[0].last_error?.code, "server_error");
  }
});

Deno.test("the half message of a failed run is not replayed", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(cut(text(["Once ", "upon "]), 5));
  const { assistant_id, thread_id } = await prepare(setup, "Tell me.");
  const first = await client.beta.threads.runs.create(thread_id, { assistant_id });
  assert.equal((await settled(setup, first)).status, "failed");
  await settled(setup, await client.beta.threads.runs.create(thread_id, { assistant_id }));
  assert.deepEqual(upstream.requests.at(-1)?.body?.input, [
    { role: "user", content: [{ type: "input_text", text: "Tell me." }] },
  ]);
});

Deno.test("a run ends incomplete with the reason of the response", async () => {
  await using setup = await setUp();
  const rows = [
    ["max_output_tokens", "max_completion_tokens", "max_tokens"],
    ["content_filter", "content_filter", "content_filter"],
  ] as const;
  for (const [reason, ofRun, ofMessage] of rows) {
    const { run, messages, steps } = await play(setup, incomplete(reason, ["Once "]));
    assert.equal(run.status, "incomplete");
    assert.deepEqual(run.incomplete_details, { reason: ofRun });
    assert.equal(run.usage?.total_tokens, 15);
    assert.equal(messages[0]?.status, "incomplete");
    assert.deepEqual(messages[0].incomplete_details, { reason: ofMessage });
    assert.equal(steps[0]?.status, "completed");
    assert.equal(steps[0].usage?.total_tokens, 15);
  }
});

Deno.test("a run fails when the upstream ends its stream too early", async () => {
  await using setup = await setUp();
  const halfway = status(200, {
    headers: { "content-type": "text/event-stream" },
    body: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta",' +
      '"item_id":"m","output_index":0,"content_index":0,"delta":"Half"}\n\n',
  });
  const { run, messages } = await play(setup, halfway);
  assert.equal(run.last_error?.code, "server_error");
  assert.match(run.last_error.message, /ended its stream before the response was complete/);
  assert.equal(messages[0]?.status, "incomplete");
});

Deno.test("a run fails when the upstream cannot be reached", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const nowhere = upstreamClient(`http://127.0.0.1:${port}/v1`);
  const client = clientOf(setup.engine, callerTo(nowhere));
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const { last_error } = await settled(setup, run);
  assert.equal(last_error?.code, "server_error");
  assert.match(last_error.message, /^Connection error\. \(.*refused/i);
});

Deno.test("a run fails with what the fetch under the SDK has refused", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  const refusing = new OpenAI({
    apiKey: "x",
    baseURL: "http://upstream/v1",
    maxRetries: 0,
    fetch: () => Promise.reject(new ApiError("Out of budget.", { status: 429 })),
  });
  const client = clientOf(setup.engine, callerTo(refusing));
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const { last_error } = await settled(setup, run);
  assert.deepEqual(last_error, { code: "rate_limit_exceeded", message: "Out of budget." });
});

Deno.test("a run understands servers that send fewer events than OpenAI", async () => {
  await using setup = await setUp();
  const message = (text: string) => ({
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  });
  const done = {
    status: "completed",
    usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  };
  const delta = { type: "response.output_text.delta", output_index: 0, content_index: 0 };
  const streams: object[][] = [
    // Deltas without items.
    [
      { ...delta, delta: "All " },
      { ...delta, delta: "good." },
      { type: "response.completed", response: { ...done, output: [] } },
    ],
    // Items without deltas.
    [
      { type: "response.output_item.done", output_index: 0, item: message("All good.") },
      { type: "response.completed", response: { ...done, output: [message("All good.")] } },
    ],
    // An end and nothing else.
    [{ type: "response.completed", response: { ...done, output: [message("All good.")] } }],
    // An item that says more than its deltas.
    [
      { ...delta, delta: "All " },
      { type: "response.output_item.done", output_index: 0, item: message("All good.") },
      { type: "response.completed", response: done },
    ],
    // Parts whose places are not in a row.
    [
      { ...delta, content_index: 2, delta: "All good." },
      { type: "response.completed", response: done },
    ],
  ];
  for (const events of streams) {
    const { run, messages, steps } = await play(
      setup,
      status(200, {
        headers: { "content-type": "text/event-stream" },
        body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""),
      }),
    );
    assert.equal(run.status, "completed");
    assert.equal(run.usage?.total_tokens, 3);
    assert.equal(messages.length, 1);
    assert.deepEqual(messages[0]?.content, [
      { type: "text", text: { value: "All good.", annotations: [] } },
    ]);
    assert.equal(steps.length, 1);
  }
});

Deno.test("a run whose model says nothing completes without a message", async () => {
  await using setup = await setUp();
  const { run, messages, steps } = await play(setup, reply([]));
  assert.equal(run.status, "completed");
  assert.deepEqual([messages, steps], [[], []]);
});
