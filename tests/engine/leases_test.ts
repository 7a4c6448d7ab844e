/** Several processes on one database: who works on a run, and what becomes of it when they die. */

import assert from "node:assert/strict";
import {
  functionCalls,
  gate,
  hang,
  neverAnswer,
  type Script,
  text,
} from "../fakes/responses_server.ts";
import {
  clientOf,
  eventNames,
  ManualClock,
  otherProcess,
  prepare,
  readAll,
  readTo,
  settled,
  type Setup,
  setUp,
  streamRun,
  textOf,
  unanswered,
  weather,
} from "../kit/engine.ts";

/** Longer than a lease. */
const LAPSE_MS = 7000;

/** Another process on the same database, whose clock goes by hand. */
function another(setup: Setup, aheadMs = 0) {
  const clock = new ManualClock();
  clock.advance(aheadMs);
  return { ...otherProcess(setup, { clock }), clock };
}

/** A process whose clock stands still: to the others its leases lapse, as if it were dead. */
async function stuck() {
  const clock = new ManualClock();
  return { ...await setUp({ clock }), clock };
}

/** Begins a run, and returns its events from where its first words have come. */
async function begin(setup: Setup, script: Script) {
  setup.upstream.enqueue(script);
  const { assistant_id, thread_id } = await prepare(setup, "Count.");
  const events = await streamRun(setup, { assistant_id, thread_id, tools: [weather] });
  const [first] = await readTo(events, "thread.run.created");
  await readTo(events, "thread.message.delta");
  return { run: first?.data, thread_id, assistant_id, events };
}

/** The run when it moves no more, whichever process moves it. */
async function ended({ client }: Pick<Setup, "client">, run: { id: string; thread_id: string }) {
  const { id, thread_id } = run;
  return await client.beta.threads.runs.poll(id, { thread_id }, { pollIntervalMs: 10 });
}

async function leaseOf({ store }: Pick<Setup, "store">, runId: string) {
  let lease;
  await store.forTenant("default").commitRun(runId, (state) => void (lease = state.lease));
  return lease as { expiresAtMs: number; attempt: number } | null | undefined;
}

Deno.test("a run is kept by a lease, which is renewed while the process works on it", async () => {
  await using setup = await stuck();
  const { clock, upstream } = setup;
  const wait = gate();
  const { run, events } = await begin(setup, text(["One, ", wait, "two."]));
  for (let beat = 0; beat < 5; beat++) {
    clock.advance(2000);
    assert.equal((await leaseOf(setup, run.id))?.expiresAtMs, clock.now() + 6000);
  }
  await using other = another(setup, 10_000);
  other.engine.adopt(setup.caller);
  other.clock.advance(5000);
  wait.open();
  assert.equal((await readAll(events)).at(-2)?.event, "thread.run.completed");
  assert.equal(await leaseOf(setup, run.id), null);
  assert.equal(upstream.requests.length, 1);
});

Deno.test("the owner of a run hears within two seconds that another process has cancelled it", async () => {
  await using setup = await stuck();
  const script = hang(text(["One, ", "two."]), 5);
  const { run, thread_id, events } = await begin(setup, script);
  await using other = another(setup);
  const cancelling = await other.client.beta.threads.runs.cancel(run.id, { thread_id });
  assert.equal(cancelling.status, "cancelling");
  const seen = await other.client.beta.threads.runs.retrieve(run.id, { thread_id });
  assert.equal(seen.status, "cancelling");
  setup.clock.advance(2000);
  assert.deepEqual(eventNames(await readAll(events)), [
    "thread.run.cancelling",
    "thread.message.incomplete",
    "thread.run.step.cancelled",
    "thread.run.cancelled",
    "done",
  ]);
  await script.gone;
});

Deno.test("the owner of a run hears within two seconds that another process has deleted it", async () => {
  await using setup = await stuck();
  const script = hang(text(["One, ", "two."]), 5);
  const { thread_id, events } = await begin(setup, script);
  await using other = another(setup);
  await other.client.beta.threads.delete(thread_id);
  setup.clock.advance(2000);
  assert.equal((await readAll(events)).at(-2)?.event, "thread.run.cancelled");
  await script.gone;
});

Deno.test("a run whose process has died is begun once more, from what it was asked", async () => {
  await using setup = await stuck();
  const { client, upstream } = setup;
  const dead = hang(text(["One, ", "two."]), 5);
  const { run, thread_id, assistant_id, events } = await begin(setup, dead);
  setup.clock.advance(1000);
  upstream.enqueue(text("One, two, three."));
  await using other = another(setup, LAPSE_MS);
  other.engine.adopt(setup.caller);
  await upstream.received(2);
  assert.equal((await ended(other, run)).status, "completed");

  const query = { thread_id, order: "asc", run_id: run.id } as const;
  const { data: [half, whole] } = await client.beta.threads.messages.list(thread_id, query);
  assert.equal(half?.status, "incomplete");
  assert.deepEqual(half.incomplete_details, { reason: "run_failed" });
  assert.equal(textOf(half), "One, ");
  assert.equal(whole?.status, "completed");
  const { data: [failed, done] } = await client.beta.threads.runs.steps.list(run.id, query);
  assert.equal(failed?.status, "failed");
  assert.equal(failed.last_error?.code, "server_error");
  assert.equal(done?.status, "completed");
  const [first, second] = upstream.requests;
  assert.deepEqual(second?.body, first?.body);

  // Who has lost the run writes nothing more, and those who listen there hear how it goes on.
  const { data } = await client.beta.threads.messages.list(thread_id);
  setup.clock.advance(2000);
  await dead.gone;
  setup.clock.advance(0);
  assert.deepEqual(eventNames(await readAll(events)), [
    "thread.message.incomplete",
    "thread.message.created",
    "thread.message.completed",
    "thread.run.step.failed",
    "thread.run.completed",
    "done",
  ]);
  assert.deepEqual((await client.beta.threads.messages.list(thread_id)).data, data);

  await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  assert.deepEqual(upstream.requests.at(-1)?.body?.input, [
    { role: "user", content: [{ type: "input_text", text: "Count." }] },
    { role: "assistant", content: "One, two, three." },
  ]);
});

Deno.test("a run that is begun once more in a later round keeps its earlier rounds", async () => {
  await using setup = await stuck();
  const { client, upstream } = setup;
  upstream.enqueue(functionCalls([{ name: "weather", arguments: {}, call_id: "a" }]));
  const { assistant_id, thread_id } = await prepare(setup);
  const created = await client.beta.threads.runs.create(thread_id, {
    assistant_id,
    tools: [weather],
  });
  const run = await settled(setup, created);
  upstream.enqueue(neverAnswer(), text("Rain."));
  const tool_outputs = [{ tool_call_id: "a", output: "Rain." }];
  await client.beta.threads.runs.submitToolOutputs(run.id, { thread_id, tool_outputs });
  await upstream.received(2);
  await using other = another(setup, LAPSE_MS);
  other.engine.adopt(setup.caller);
  await upstream.received(3);
  assert.equal((await ended(other, run)).status, "completed");
  const [, second, third] = upstream.requests;
  assert.deepEqual(third?.body, second?.body);
  const { data } = await client.beta.threads.runs.steps.list(run.id, { thread_id });
  assert.deepEqual(data.map(({ status }) => status), ["completed", "completed"]);
});

Deno.test("a run whose second process has died as well has failed", async () => {
  await using setup = await stuck();
  const { upstream, client } = setup;
  upstream.enqueue(neverAnswer(), neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  await upstream.received(1);
  await using second = another(setup, LAPSE_MS);
  second.engine.adopt(setup.caller);
  await upstream.received(2);
  await using third = another(setup, 2 * LAPSE_MS);
  const { status, last_error } = await ended(third, run);
  assert.equal(status, "failed");
  assert.equal(last_error?.code, "server_error");
  assert.match(last_error.message, /interrupted: the server that worked on it has died/);
  assert.equal(upstream.requests.length, 2);
});

Deno.test("a run that its process was cancelling when it died is cancelled", async () => {
  await using setup = await stuck();
  const { run, thread_id } = await unanswered(setup);
  await using other = another(setup);
  await other.client.beta.threads.runs.cancel(run.id, { thread_id });
  other.clock.advance(LAPSE_MS);
  assert.equal((await ended(other, run)).status, "cancelled");
  assert.equal(setup.upstream.requests.length, 1);
});

Deno.test("cancelRun() needs nobody where the process of the run has died", async () => {
  await using setup = await stuck();
  const { run, thread_id } = await unanswered(setup);
  await using other = another(setup, LAPSE_MS);
  // With another key it may not take the run over.
  const caller = { ...setup.caller, upstreamId: "another" };
  const { runs } = clientOf(other.engine, caller).beta.threads;
  assert.equal((await runs.cancel(run.id, { thread_id })).status, "cancelling");
  assert.equal((await runs.retrieve(run.id, { thread_id })).status, "cancelled");
});

Deno.test("a run is not taken over for another upstream, and not after its time", async () => {
  await using setup = await stuck();
  const { run, thread_id } = await unanswered(setup);
  await using other = another(setup, LAPSE_MS);
  const foreign = { ...setup.caller, upstreamId: "another" };
  const { runs } = clientOf(other.engine, foreign).beta.threads;
  other.clock.advance(5000);
  assert.equal((await runs.retrieve(run.id, { thread_id })).status, "queued");
  other.clock.advance(601_000, { timers: false });
  other.engine.adopt(setup.caller);
  assert.equal((await ended(setup, run)).status, "expired");
  assert.equal(setup.upstream.requests.length, 1);
});

Deno.test("a run that was left by a process which has closed is taken up at once, however often", async () => {
  await using setup = await setUp();
  const { upstream, client, engine } = setup;
  upstream.enqueue(...Array.from({ length: 5 }, () => hang(text(["One, ", "two."]), 5)));
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  await upstream.received(1);
  await engine.close();
  for (let count = 2; count <= 5; count++) {
    await using next = another(setup);
    next.engine.adopt(setup.caller);
    await upstream.received(count);
    assert.deepEqual((await leaseOf(next, run.id))?.attempt, 1);
  }
  await using last = another(setup);
  last.engine.adopt(setup.caller);
  await upstream.received(6);
  assert.equal((await ended(last, run)).status, "completed");
});

Deno.test("tool outputs are taken by whichever process gets them", async () => {
  await using setup = await stuck();
  const { upstream, client } = setup;
  upstream.enqueue(functionCalls([{ name: "weather", arguments: {}, call_id: "a" }]));
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await settled(
    setup,
    await client.beta.threads.runs.create(thread_id, { assistant_id, tools: [weather] }),
  );
  // Nobody works on a run that waits for its client, so nobody can lose it.
  await using other = another(setup, LAPSE_MS);
  other.engine.adopt(setup.caller);
  const tool_outputs = [{ tool_call_id: "a", output: "Rain." }];
  const { status } = await other.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs,
  });
  assert.equal(status, "completed");
  assert.equal(upstream.requests.length, 2);
});

Deno.test("two processes race for two hundred runs, and each is executed once", async () => {
  await using setup = await setUp();
  const { client, upstream, store, caller } = setup;
  const { assistant_id } = await prepare(setup);
  const { id } = await client.beta.threads.createAndRunPoll({ assistant_id });
  const stored = await store.forTenant("default").get("run", id);
  assert.ok(stored);
  const left = Array.from({ length: 200 }, async (_, round) => {
    const { id: thread_id } = await client.beta.threads.create();
    const id = `run_${round}`;
    const run = {
      ...stored,
      id,
      thread_id,
      status: "queued" as const,
      instructions: id,
      expires_at: stored.created_at + 600,
    };
    const lease = { owner: "dead", expiresAtMs: 0, upstream: caller.upstreamId };
    await store.forTenant("default").addToThread(
      thread_id,
      { messages: [], run, lease },
      0,
      () => ({}),
    );
    return run;
  });
  const runs = await Promise.all(left);
  await using one = another(setup);
  await using two = another(setup);
  for (const { engine } of [one, two]) engine.adopt(caller);
  const done = await Promise.all(runs.map((run) => ended(setup, run)));
  assert.ok(done.every(({ status }) => status === "completed"));
  const asked = upstream.requests.map(({ body }) => body?.instructions).filter(Boolean);
  assert.deepEqual(asked.toSorted(), runs.map(({ id }) => id).toSorted());
});
