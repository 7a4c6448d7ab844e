/** No more runs at once than may be: the others wait their turn, here or for another process. */

import assert from "node:assert/strict";
import { type Gate, gate, hang, held, text } from "../fakes/responses_server.ts";
import {
  clientOf,
  ManualClock,
  otherProcess,
  prepare,
  readAll,
  settled,
  type Setup,
  setUp,
  streamRun,
} from "../kit/engine.ts";

const ONE = { maxRuns: 1, maxRunsPerTenant: 1 };

/** A run of this tenant on a thread of its own. */
async function startRun(setup: Setup, { tenant = "default", says = "Hello?" } = {}) {
  const caller = setup.callerOf(tenant);
  const client = clientOf(setup.engine, caller);
  const { assistant_id, thread_id } = await prepare({ client }, says);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  return {
    run,
    thread_id,
    end: () => settled({ ...setup, caller, client }, run),
    status: async () => (await client.beta.threads.runs.retrieve(run.id, { thread_id })).status,
    lease: async () => {
      let lease;
      await setup.store.forTenant(tenant).commitRun(run.id, (state) => void (lease = state.lease));
      return lease as { expiresAtMs: number; attempt: number } | null | undefined;
    },
  };
}

/** A run that has the one place, till the gate is opened. */
async function fill(setup: Setup): Promise<Gate> {
  const first = gate();
  setup.upstream.enqueue(held(first, text("First.")));
  await startRun(setup, { says: "first" });
  await first.reached;
  return first;
}

/** What each request asked, in the order in which they came. */
function asked({ upstream }: Setup): string[] {
  return upstream.requests.map(({ body }) =>
    /"text":"(.*?)"/.exec(JSON.stringify(body))?.[1] ?? ""
  );
}

Deno.test("a run beyond the limit waits as queued, and is worked on when there is a place", async () => {
  await using setup = await setUp({ limits: ONE });
  const first = await fill(setup);
  const { status, end } = await startRun(setup);
  assert.equal(await status(), "queued");
  assert.equal(setup.upstream.requests.length, 1);
  first.open();
  assert.equal((await end()).status, "completed");
});

Deno.test("the runs of tenants that wait take turns", async () => {
  await using setup = await setUp({ limits: { maxRuns: 1, maxRunsPerTenant: 5 } });
  const first = await fill(setup);
  const waiting = [];
  for (const [tenant, says] of [["a", "a1"], ["a", "a2"], ["a", "a3"], ["b", "b1"]]) {
    waiting.push(await startRun(setup, { tenant, says }));
  }
  first.open();
  await Promise.all(waiting.map(({ end }) => end()));
  assert.deepEqual(asked(setup), ["first", "a1", "b1", "a2", "a3"]);
});

Deno.test("a tenant at its limit waits, and another's run does not", async () => {
  await using setup = await setUp({ limits: { maxRuns: 3, maxRunsPerTenant: 1 } });
  const first = await fill(setup);
  const waiting = await startRun(setup);
  const other = await startRun(setup, { tenant: "other" });
  assert.equal((await other.end()).status, "completed");
  assert.equal(await waiting.status(), "queued");
  first.open();
  assert.equal((await waiting.end()).status, "completed");
});

Deno.test("a run that waits expires in its time, and can be cancelled", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ limits: ONE, clock });
  await fill(setup);
  const cancelled = await startRun(setup);
  const { runs } = setup.client.beta.threads;
  await runs.cancel(cancelled.run.id, { thread_id: cancelled.thread_id });
  assert.equal((await cancelled.end()).status, "cancelled");
  const expired = await startRun(setup);
  clock.advance(600_000);
  assert.equal((await expired.end()).status, "expired");
  assert.equal(setup.upstream.requests.length, 1);
});

Deno.test("a run that waits is another process's who has a place for it, and counts as begun once", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ limits: ONE, clock });
  const first = await fill(setup);
  const { client, store } = setup;
  const { assistant_id, thread_id } = await prepare(setup, "second");
  const events = await streamRun(setup, { assistant_id, thread_id });
  const { data: [run] } = await client.beta.threads.runs.list(thread_id);
  assert.ok(run);

  const otherClock = new ManualClock();
  await using other = otherProcess(setup, { clock: otherClock });
  // Not before the next beat: here it might be its turn at once.
  other.engine.adopt(setup.caller);
  clock.advance(2000);
  const middle = gate();
  setup.upstream.enqueue(held(middle, text("Second.")));
  otherClock.advance(5000);
  await middle.reached;
  assert.deepEqual(asked(setup), ["first", "second"]);
  let attempt;
  await store.forTenant("default").commitRun(
    run.id,
    ({ lease }) => void (attempt = lease?.attempt),
  );
  assert.equal(attempt, 1);

  // Here the turn of the run comes as well, and goes.
  first.open();
  middle.open();
  const there = other.client.beta.threads.runs;
  const done = await there.poll(run.id, { thread_id }, { pollIntervalMs: 5 });
  assert.equal(done.status, "completed");
  clock.advance(2000);
  clock.advance(500);
  assert.equal((await readAll(events)).at(-2)?.event, "thread.run.completed");
  assert.equal(setup.upstream.requests.length, 2);
});

Deno.test("a process that has no place for it either leaves a run that waits", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ limits: ONE, clock });
  const first = await fill(setup);
  const waiting = await startRun(setup);
  clock.advance(2000);
  const before = await waiting.lease();
  const otherClock = new ManualClock();
  await using other = otherProcess(setup, { clock: otherClock, limits: ONE });
  const second = await fill({ ...setup, engine: other.engine });
  otherClock.advance(5000);
  await startRun({ ...setup, engine: other.engine });
  assert.deepEqual(await waiting.lease(), before);
  first.open();
  assert.equal((await waiting.end()).status, "completed");
  second.open();
});

Deno.test("a run that was offered in vain is taken back when it is its turn", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ limits: ONE, clock });
  const first = await fill(setup);
  const { lease, end } = await startRun(setup);
  assert.deepEqual([(await lease())?.attempt], [1]);
  for (let beat = 0; beat < 2; beat++) {
    clock.advance(2000);
    const { expiresAtMs = 0, attempt } = await lease() ?? {};
    assert.deepEqual([expiresAtMs, attempt], [clock.now(), 0]);
  }
  const middle = gate();
  setup.upstream.enqueue(held(middle, text("Second.")));
  first.open();
  await middle.reached;
  const { expiresAtMs = 0, attempt } = await lease() ?? {};
  assert.deepEqual([expiresAtMs, attempt], [clock.now() + 6000, 1]);
  middle.open();
  assert.equal((await end()).status, "completed");
});

Deno.test("a process that ends leaves the runs that wait to the next", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ limits: ONE, clock });
  setup.upstream.enqueue(hang(text("First."), 1));
  await startRun(setup, { says: "first" });
  await setup.upstream.received(1);
  const offered = await startRun(setup);
  clock.advance(2000);
  const fresh = await startRun(setup);
  await setup.engine.close();
  for (const { lease } of [offered, fresh]) {
    const { expiresAtMs, attempt } = await lease() ?? {};
    assert.deepEqual([expiresAtMs, attempt], [clock.now(), 0]);
  }
  assert.equal(setup.upstream.requests.length, 1);
});
