import assert from "node:assert/strict";
import type OpenAI from "openai";
import {
  errorEvent,
  failed,
  gate,
  incomplete,
  refusal as refusing,
  reply,
  text,
} from "../fakes/responses_server.ts";
import {
  eventNames,
  type Frame,
  prepare,
  readAll,
  readTo,
  setUp,
  stream,
  streamRun,
  textOf,
} from "../kit/engine.ts";

const BEGIN = ["thread.run.created", "thread.run.queued", "thread.run.in_progress"];
const MESSAGE = [
  "thread.run.step.created",
  "thread.run.step.in_progress",
  "thread.message.created",
  "thread.message.in_progress",
];

/** The text of all deltas. */
function said(frames: Frame[]): string {
  return frames.filter(({ event }) => event === "thread.message.delta")
    .map(({ data }) => data.delta.content[0].text.value).join("");
}

Deno.test("createRun() streams a text run in the order of the contract", async () => {
  await using setup = await setUp();
  setup.upstream.enqueue(text(["Hello ", "you."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const frames = await readAll(await streamRun(setup, { assistant_id, thread_id }));

  assert.deepEqual(eventNames(frames), [
    ...BEGIN,
    ...MESSAGE,
    "thread.message.delta",
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
    "done",
  ]);
  const [created, queued, inProgress, step, , message, , first, second] = frames;
  assert.equal(created?.data.status, "queued");
  assert.equal(queued?.data.status, "queued");
  assert.equal(inProgress?.data.status, "in_progress");
  assert.equal(step?.data.step_details.message_creation.message_id, message?.data.id);
  assert.deepEqual(message?.data.content, []);
  assert.deepEqual(first?.data, {
    id: message.data.id,
    object: "thread.message.delta",
    delta: { content: [{ index: 0, type: "text", text: { value: "Hello ", annotations: [] } }] },
  });
  assert.deepEqual(second?.data.delta.content, [
    { index: 0, type: "text", text: { value: "you." } },
  ]);
  assert.deepEqual(frames.at(-4)?.data.content[0].text.value, "Hello you.");
  assert.equal(frames.at(-3)?.data.usage.total_tokens, 15);
  assert.equal(frames.at(-2)?.data.usage.total_tokens, 15);
  assert.equal(frames.at(-1)?.data, "[DONE]");
});

Deno.test("createThreadAndRun() streams the thread first", async () => {
  await using setup = await setUp();
  const { assistant_id } = await prepare(setup);
  const frames = await readAll(
    await stream(setup, "POST", "/threads/runs", {
      assistant_id,
      thread: { messages: [{ role: "user", content: "Hi." }] },
      stream: true,
    }),
  );
  assert.deepEqual(eventNames(frames).slice(0, 4), ["thread.created", ...BEGIN]);
  assert.equal(frames[0]?.data.id, frames[1]?.data.thread_id);
  assert.equal(said(frames), 'You said: "Hi.".');
});

Deno.test("createRun() streams several messages, one step after the other", async () => {
  await using setup = await setUp();
  setup.upstream.enqueue(reply([
    { type: "raw", item: { type: "reasoning", summary: [] }, events: [] },
    { type: "message", text: ["Let me see."] },
    { type: "raw", item: { type: "reasoning", summary: [] }, events: [] },
    { type: "message", text: ["Forty-two."] },
  ]));
  const { assistant_id, thread_id } = await prepare(setup);
  const frames = await readAll(await streamRun(setup, { assistant_id, thread_id }));
  assert.deepEqual(eventNames(frames), [
    ...BEGIN,
    ...MESSAGE,
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    ...MESSAGE,
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
    "done",
  ]);
  const steps = frames.filter(({ event }) => event === "thread.run.step.completed");
  assert.deepEqual(steps.map(({ data }) => data.usage?.total_tokens), [undefined, 15]);
});

Deno.test("createRun() streams a refusal as a content part of its own", async () => {
  await using setup = await setUp();
  setup.upstream.enqueue(refusing(["I cannot ", "do that."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const frames = await readAll(await streamRun(setup, { assistant_id, thread_id }));
  const deltas = frames.filter(({ event }) => event === "thread.message.delta");
  assert.deepEqual(deltas.map(({ data }) => data.delta.content), [
    [{ index: 0, type: "refusal", refusal: "I cannot " }],
    [{ index: 0, type: "refusal", refusal: "do that." }],
  ]);
  const message = frames.find(({ event }) => event === "thread.message.completed");
  assert.deepEqual(message?.data.content, [{ type: "refusal", refusal: "I cannot do that." }]);
});

Deno.test("createRun() streams how a run fails, before and after its first words", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  const error = { code: "server_error", message: "Broken." };

  setup.upstream.enqueue(failed(error));
  const before = await readAll(await streamRun(setup, { assistant_id, thread_id }));
  assert.deepEqual(eventNames(before), [...BEGIN, "thread.run.failed", "done"]);

  setup.upstream.enqueue(errorEvent(error, ["Well, "]));
  const after = await readAll(await streamRun(setup, { assistant_id, thread_id }));
  assert.deepEqual(eventNames(after), [
    ...BEGIN,
    ...MESSAGE,
    "thread.message.delta",
    "thread.message.incomplete",
    "thread.run.step.failed",
    "thread.run.failed",
    "done",
  ]);
  assert.deepEqual(after.at(-4)?.data.incomplete_details, { reason: "run_failed" });
  assert.equal(after.at(-3)?.data.last_error.code, "server_error");
});

Deno.test("createRun() streams how a run ends incomplete", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  setup.upstream.enqueue(incomplete("max_output_tokens", ["Once "]));
  const frames = await readAll(await streamRun(setup, { assistant_id, thread_id }));
  assert.deepEqual(eventNames(frames).slice(-5), [
    "thread.message.delta",
    "thread.message.incomplete",
    "thread.run.step.completed",
    "thread.run.incomplete",
    "done",
  ]);
  assert.deepEqual(frames.at(-4)?.data.incomplete_details, { reason: "max_tokens" });
});

Deno.test("AssistantStream follows a run through the official SDK", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  upstream.enqueue(
    text(["Hello ", "you."]),
    failed({ code: "server_error", message: "No." }, ["A"]),
  );
  const { assistant_id, thread_id } = await prepare(setup);
  const heard: string[] = [];
  const run = client.beta.threads.runs.stream(thread_id, { assistant_id })
    .on("textDelta", ({ value = "" }) => void heard.push(value))
    .on("messageDone", ({ status }) => void heard.push(status));
  assert.equal((await run.finalRun()).status, "completed");
  assert.deepEqual(heard, ["Hello ", "you.", "completed"]);
  const [message] = await run.finalMessages();
  assert.equal(textOf(message), "Hello you.");
  assert.equal((await run.finalRunSteps())[0]?.status, "completed");

  const failing = await client.beta.threads.runs.stream(thread_id, { assistant_id }).finalRun();
  assert.equal(failing.status, "failed");

  const both = client.beta.threads.createAndRunStream({
    assistant_id,
    thread: { messages: [{ role: "user", content: "Hi." }] },
  });
  assert.equal((await both.finalRun()).status, "completed");
});

Deno.test("a client that leaves the stream does not stop the run", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await client.beta.threads.runs.create(thread_id, { assistant_id, stream: true });
  let run: OpenAI.Beta.Threads.Run | undefined;
  for await (const { event, data } of events) {
    if (event === "thread.run.created") run = data;
    if (event === "thread.message.delta") break;
  }
  assert.ok(run);
  const path = `/threads/${thread_id}/runs/${run.id}?stream=true`;
  const joined = await stream(setup, "GET", path);
  await readTo(joined, "thread.message.created");
  wait.open();
  const rest = await readAll(joined);
  assert.equal(rest.at(-2)?.event, "thread.run.completed");
  assert.equal(rest.at(-4)?.data.content[0].text.value, "One two.");
});

Deno.test("a stream ends with the request's signal", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const leave = new AbortController();
  const events = await client.beta.threads.runs.create(
    thread_id,
    { assistant_id, stream: true },
    { signal: leave.signal },
  );
  const seen: string[] = [];
  for await (const { event } of events) {
    seen.push(event);
    if (event === "thread.message.delta") leave.abort();
  }
  assert.equal(seen.at(-1), "thread.message.delta");
  wait.open();
});
