import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { gate, neverAnswer, reply, text } from "../fakes/responses_server.ts";
import {
  eventNames,
  type Frame,
  ManualClock,
  otherProcess,
  prepare,
  readAll,
  readTo,
  send,
  setUp,
  stream,
  streamRun,
  weather,
} from "../kit/engine.ts";

/** What a listener knows of the run's text: the message as it found it, and what came after. */
function textOf(frames: Frame[]): string {
  return frames.map(({ event, data }) => {
    if (event === "thread.message.created") return data.content[0]?.text.value ?? "";
    return event === "thread.message.delta" ? data.delta.content[0].text.value : "";
  }).join("");
}

Deno.test("getRun() with stream joins a run in the middle of its message", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", "two ", wait, "three."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const path = `/threads/${thread_id}/runs`;
  const first = await streamRun(setup, { assistant_id, thread_id });
  await readTo(first, "thread.message.delta");
  await readTo(first, "thread.message.delta");
  const { data: [run] } = await client.beta.threads.runs.list(thread_id);

  const joined = await stream(setup, "GET", `${path}/${run?.id}?stream=true`);
  const begin = await readTo(joined, "thread.message.created");
  assert.deepEqual(eventNames(begin), [
    "thread.run.in_progress",
    "thread.run.step.created",
    "thread.message.created",
  ]);
  wait.open();
  const rest = await readAll(joined);
  assert.deepEqual(eventNames(rest), [
    "thread.message.delta",
    "thread.message.completed",
    "thread.run.step.completed",
    "thread.run.completed",
    "done",
  ]);
  assert.equal(textOf([...begin, ...rest]), "One two three.");
  await readAll(first);
});

Deno.test("getRun() with stream misses nothing, whenever it joins", async () => {
  await using setup = await setUp();
  const { upstream } = setup;
  const words = ["a ", "b ", "c ", "d ", "e ", "f ", "g ", "h"];
  for (let at = 1; at < 18; at++) {
    upstream.enqueue(text(words));
    const { assistant_id, thread_id } = await prepare(setup);
    const path = `/threads/${thread_id}/runs`;
    const first = await streamRun(setup, { assistant_id, thread_id });
    let run_id = "";
    for (let seen = 0; seen < at; seen++) {
      const { value } = await first.next();
      if (value?.event === "thread.run.created") run_id = value.data.id;
    }
    const joined = await readAll(await stream(setup, "GET", `${path}/${run_id}?stream=true`));
    assert.deepEqual(joined.slice(-2).map(({ event }) => event), ["thread.run.completed", "done"]);
    // One who comes when the run is over is told that and no more.
    if (joined.length > 2) assert.equal(textOf(joined), words.join(""));
    await readAll(first);
  }
});

Deno.test("getRun() with stream on a run that has ended tells how and ends", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  const path = `/threads/${thread_id}/runs/${run.id}?stream=true`;
  const frames = await readAll(await stream(setup, "GET", path));
  assert.deepEqual(eventNames(frames), ["thread.run.completed", "done"]);
  assert.equal(frames[0]?.data.id, run.id);
});

Deno.test("getRun() with stream follows a run of another process through the store", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const clock = new ManualClock();
  await using other = otherProcess(setup, { clock });
  const wait = gate();
  const end = gate();
  upstream.enqueue(text(["One ", wait, "two.", end]));
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const joined = await stream(other, "GET", `/threads/${thread_id}/runs/${run.id}?stream=true`);
  assert.match((await joined.next()).value?.event ?? "", /^thread\.run\.(queued|in_progress)$/);
  await wait.reached;
  wait.open();
  await end.reached;
  end.open();
  const here = `/threads/${thread_id}/runs/${run.id}?stream=true`;
  await readAll(await stream(setup, "GET", here));
  clock.advance(500);
  const rest = await readAll(joined);
  assert.deepEqual(eventNames(rest), [
    "thread.message.created",
    "thread.message.completed",
    "thread.run.completed",
    "done",
  ]);
  assert.equal(rest[1]?.data.content[0].text.value, "One two.");
  await other.engine.close();
  assert.equal(clock.pending, 0);
});

Deno.test("a stream that begins in a later round is not told of the rounds before", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  upstream.enqueue(
    reply([
      { type: "message", text: ["Let me look."] },
      { type: "function_call", name: "weather", arguments: ["{}"], call_id: "a" },
    ]),
    neverAnswer(),
  );
  const { assistant_id, thread_id } = await prepare(setup);
  const { runs, messages } = client.beta.threads;
  const run = await runs.createAndPoll(thread_id, { assistant_id, tools: [weather] });
  const path = `/threads/${thread_id}/runs/${run.id}`;
  const tool_outputs = [{ tool_call_id: "a", output: "Rain." }];
  const streams = [
    await stream(setup, "POST", `${path}/submit_tool_outputs`, { tool_outputs, stream: true }),
    await stream(setup, "GET", `${path}?stream=true`),
  ];
  // The message ends the run in the store, before the process knows that it is time.
  clock.advance(601_000, { timers: false });
  await messages.create(thread_id, { role: "user", content: "Still there?" });
  const told = Promise.all(streams.map(readAll));
  for (let open = true; open;) {
    clock.advance(500);
    open = await Promise.race([told.then(() => false), setImmediate(true)]);
  }
  assert.deepEqual((await told).map((frames) => eventNames(frames)), [
    ["thread.run.step.completed", "thread.run.queued", "thread.run.expired", "done"],
    ["thread.run.queued", "thread.run.expired", "done"],
  ]);
});

Deno.test("getRun() with stream says so when the run is deleted in another process", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const clock = new ManualClock();
  await using other = otherProcess(setup, { clock });
  upstream.enqueue(neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const joined = await stream(other, "GET", `/threads/${thread_id}/runs/${run.id}?stream=true`);
  await joined.next();
  await client.beta.threads.delete(thread_id);
  clock.advance(500);
  const rest = await readAll(joined);
  assert.deepEqual(eventNames(rest), ["error", "done"]);
  assert.equal(rest[0]?.data.error.message, `No run found with id '${run.id}'.`);
});

Deno.test("getRun() with stream stops looking when its reader leaves or the engine closes", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const clock = new ManualClock();
  await using other = otherProcess(setup, { clock });
  upstream.enqueue(neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const path = `/threads/${thread_id}/runs/${run.id}?stream=true`;
  await send(other, "GET", `/threads/${thread_id}`);
  const { pending } = clock;

  const left = await stream(other, "GET", path);
  await left.next();
  assert.equal(clock.pending, pending + 2);
  await left.return(undefined);
  assert.equal(clock.pending, pending);

  const kept = await stream(other, "GET", path);
  await kept.next();
  await other.engine.close();
  const rest = await readAll(kept);
  assert.deepEqual(eventNames(rest), ["error", "done"]);
  assert.match(rest[0]?.data.error.message, /shutting down/);
  assert.equal(clock.pending, 0);
});

Deno.test("a stream is kept alive with comments", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, engine, caller, upstream } = setup;
  upstream.enqueue(neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  const response = await engine.fetch(
    new Request(`http://engine/v1/threads/${thread_id}/runs/${run.id}?stream=true`),
    caller,
  );
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader?.read())?.value ?? "", /^event: thread\.run\.queued\n/);
  for (let i = 0; i < 2; i++) {
    clock.advance(15_000);
    assert.equal((await reader?.read())?.value, ": keep-alive\n\n");
  }
  await reader?.cancel();
});
