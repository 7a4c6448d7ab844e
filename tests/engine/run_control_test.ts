import assert from "node:assert/strict";
import { gate, hang, neverAnswer, reply, text } from "../fakes/responses_server.ts";
import {
  eventNames,
  ManualClock,
  otherProcess,
  prepare,
  readAll,
  readTo,
  refusal,
  send,
  settled,
  setUp,
  stream,
  streamRun,
  textOf,
  unanswered,
} from "../kit/engine.ts";

/** The events at the end of a run that stops in the middle of its message. */
function stopped(step: string, run: string): string[] {
  return [
    "thread.message.incomplete",
    `thread.run.step.${step}`,
    `thread.run.${run}`,
    "done",
  ];
}

Deno.test("cancelRun() ends a run in the middle of its message", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const script = hang(text(["One ", "two."]), 6);
  upstream.enqueue(script);
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");
  await readTo(events, "thread.message.delta");
  const { data: [active] } = await client.beta.threads.runs.list(thread_id);
  const cancelling = await client.beta.threads.runs.cancel(active?.id ?? "", { thread_id });
  assert.equal(cancelling.status, "cancelling");
  const rest = await readAll(events);
  assert.deepEqual(eventNames(rest), [
    "thread.run.cancelling",
    ...stopped("cancelled", "cancelled"),
  ]);
  await script.gone;

  const run = await client.beta.threads.runs.retrieve(cancelling.id, { thread_id });
  assert.equal(run.status, "cancelled");
  assert.ok(run.cancelled_at !== null);
  const { data: [message] } = await client.beta.threads.messages.list(thread_id);
  assert.equal(message?.status, "incomplete");
  assert.deepEqual(message.incomplete_details, { reason: "run_cancelled" });
  assert.equal(textOf(message), "One two.");
  const { data: [step] } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  assert.equal(step?.status, "cancelled");

  assert.deepEqual(await refusal(client.beta.threads.runs.cancel(run.id, { thread_id })), {
    status: 400,
    message: "Cannot cancel run with status 'cancelled'.",
    type: "invalid_request_error",
    param: null,
    code: null,
  });
});

Deno.test("cancelRun() ends a run that the upstream has not answered yet", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { run, thread_id } = await unanswered(setup);
  const { status } = await client.beta.threads.runs.retrieve(run.id, { thread_id });
  assert.equal(status, "queued");
  await client.beta.threads.runs.cancel(run.id, { thread_id });
  assert.equal((await settled(setup, run)).status, "cancelled");
  await client.beta.threads.messages.create(thread_id, { role: "user", content: "Next." });
});

Deno.test("cancelRun() and the end of the run race, and one of them wins", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  for (let round = 0; round < 20; round++) {
    const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
    const events = await stream(setup, "GET", `/threads/${thread_id}/runs/${run.id}?stream=true`);
    for (let seen = 0; seen < round % 8; seen++) await events.next();
    const cancelled = await client.beta.threads.runs.cancel(run.id, { thread_id })
      .then(() => true, () => false);
    await readAll(events);
    const { status } = await client.beta.threads.runs.retrieve(run.id, { thread_id });
    assert.equal(status, cancelled ? "cancelled" : "completed");
    const { data } = await client.beta.threads.messages.list(thread_id, { run_id: run.id });
    assert.ok(data.every(({ status }) => status !== "in_progress"));
  }
});

Deno.test("cancelRun() ends a run that another process works on", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", wait, "two."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");

  await using other = otherProcess(setup);
  const { runs } = other.client.beta.threads;
  const { data: [run] } = await runs.list(thread_id);
  const cancelling = await runs.cancel(run?.id ?? "", { thread_id });
  assert.equal(cancelling.status, "cancelling");

  wait.open();
  const rest = await readAll(events);
  assert.deepEqual(
    eventNames(rest).filter((event) => event !== "thread.message.delta"),
    ["thread.run.cancelling", ...stopped("cancelled", "cancelled")],
  );
  assert.equal((await client.beta.threads.runs.list(thread_id)).data[0]?.status, "cancelled");
});

Deno.test("deleteThread() during a run ends it, and those who listen hear of it", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const script = hang(text(["One ", "two."]), 5);
  upstream.enqueue(script);
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  const run = (await readTo(events, "thread.run.in_progress")).at(-1)?.data;
  await readTo(events, "thread.message.delta");
  await client.beta.threads.delete(thread_id);
  const rest = await readAll(events);
  assert.deepEqual(eventNames(rest), stopped("cancelled", "cancelled"));
  await script.gone;
  const gone = await send(setup, "GET", `/threads/${thread_id}/runs/${run.id}`);
  assert.equal(gone.status, 404);
});

Deno.test("a run expires ten minutes after it was made, by its own clock", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  const script = hang(text(["One ", "two."]), 5);
  upstream.enqueue(script);
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");
  clock.advance(599_000);
  assert.equal((await client.beta.threads.runs.list(thread_id)).data[0]?.status, "in_progress");
  clock.advance(2_000);
  const rest = await readAll(events);
  assert.deepEqual(eventNames(rest), stopped("expired", "expired"));
  await script.gone;
  const { data: [message] } = await client.beta.threads.messages.list(thread_id);
  assert.deepEqual(message?.incomplete_details, { reason: "run_expired" });
});

Deno.test("a queued run expires as well", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  upstream.enqueue(neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  clock.advance(601_000);
  assert.equal((await settled(setup, run)).status, "expired");
});

Deno.test("a run whose process is gone expires when somebody looks", async () => {
  const looks = [
    (thread: string, run: string) => `/threads/${thread}/runs/${run}`,
    (thread: string) => `/threads/${thread}/runs`,
    (thread: string, run: string) => `/threads/${thread}/runs/${run}/steps`,
    (thread: string, run: string, step: string) => `/threads/${thread}/runs/${run}/steps/${step}`,
    (thread: string) => `/threads/${thread}/messages`,
    (thread: string, _run: string, _step: string, message: string) =>
      `/threads/${thread}/messages/${message}`,
  ];
  for (const look of looks) {
    await using setup = await setUp();
    const { client, upstream } = setup;
    upstream.enqueue(hang(text(["One ", "two."]), 5));
    const { assistant_id, thread_id } = await prepare(setup);
    const events = await streamRun(setup, { assistant_id, thread_id });
    const delta = (await readTo(events, "thread.message.delta")).at(-1)?.data;
    const { data: [run] } = await client.beta.threads.runs.list(thread_id);
    const run_id = run?.id ?? "";
    const { data: [step] } = await client.beta.threads.runs.steps.list(run_id, { thread_id });

    // To this engine, the run is one of a process that it knows nothing of.
    const clock = new ManualClock();
    clock.advance(601_000);
    await using late = otherProcess(setup, { clock });
    const path = look(thread_id, run_id, step?.id ?? "", delta.id);
    const { status, body } = await send(late, "GET", path);
    assert.equal(status, 200);
    assert.ok(!JSON.stringify(body).includes('"in_progress"'), path);
    assert.equal((await send(late, "GET", `/threads/${thread_id}/runs`)).status, 200);
    const after = await late.client.beta.threads.runs.retrieve(run_id, { thread_id });
    assert.equal(after.status, "expired");
  }
});

Deno.test("a message and a run enter a thread whose run has outlived its time", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  const enter = [
    () => client.beta.threads.messages.create(thread_id, { role: "user", content: "Next." }),
    () => client.beta.threads.runs.create(thread_id, { assistant_id }),
  ];
  for (const [index, again] of enter.entries()) {
    upstream.enqueue(neverAnswer());
    const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
    await upstream.received(index + 1);
    clock.advance(601_000, { timers: false });
    await again();
    const { status } = await client.beta.threads.runs.retrieve(run.id, { thread_id });
    assert.equal(status, "expired");
    clock.advance(0);
  }
});

Deno.test("deleteMessage() goes through once the run of the thread has outlived its time", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  upstream.enqueue(neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  await client.beta.threads.runs.create(thread_id, { assistant_id });
  const { data: [message] } = await client.beta.threads.messages.list(thread_id);
  clock.advance(601_000, { timers: false });
  const { deleted } = await client.beta.threads.messages.delete(message?.id ?? "", { thread_id });
  assert.ok(deleted);
});

Deno.test("the text of a message is stored while it grows", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { client, upstream } = setup;
  const wait = gate();
  upstream.enqueue(text(["One ", "two ", wait, "three."]));
  const { assistant_id, thread_id } = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");
  await readTo(events, "thread.message.delta");
  const textOf = async () => {
    const { data: [message] } = await client.beta.threads.messages.list(thread_id);
    assert.equal(message?.status, "in_progress");
    return message.content[0]?.type === "text" ? message.content[0].text.value : "";
  };
  assert.equal(await textOf(), "");
  clock.advance(1000);
  assert.equal(await textOf(), "One two ");
  wait.open();
  await readAll(events);
});

Deno.test("close() leaves the runs of the process to the next one", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { engine, store, upstream } = setup;
  upstream.enqueue(hang(text(["One ", "two."]), 6), neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const second = await prepare(setup);
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");
  await readTo(events, "thread.message.delta");
  await setup.client.beta.threads.runs.create(second.thread_id, { assistant_id });
  await upstream.received(2);
  await engine.close();

  const rest = await readAll(events);
  assert.deepEqual(eventNames(rest), ["error", "done"]);
  assert.match(rest[0]?.data.error.message, /shutting down/);
  for (const [thread, status] of [[thread_id, "in_progress"], [second.thread_id, "queued"]]) {
    const query = { limit: 1, order: "desc", thread_id: thread } as const;
    const { data: [run] } = await store.forTenant("default").list("run", query);
    assert.equal(run?.status, status);
    assert.deepEqual(
      await store.forTenant("default").runsWithExpiredLease("upstream", clock.now()).then((runs) =>
        runs.some(({ id }) => id === run?.id)
      ),
      true,
    );
  }
  const { data: [message] } = await store.forTenant("default").list("message", {
    limit: 1,
    order: "desc",
    thread_id,
  });
  assert.ok(message?.content[0]?.type === "text");
  assert.equal(message.content[0].text.value, "One two.");
  assert.equal(clock.pending, 0);
  const late = await send(setup, "GET", "/assistants");
  assert.deepEqual([late.status, (late.body.error as { type: string }).type], [
    503,
    "server_error",
  ]);
});

Deno.test("a run leaves no timer behind", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  upstream.enqueue(reply([{ type: "message", text: ["Done."] }]));
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readAll(events);
  await setup.engine.close();
  assert.equal(clock.pending, 0);
});
