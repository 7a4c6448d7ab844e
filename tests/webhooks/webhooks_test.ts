/** What is told of runs elsewhere: real requests, to a receiver that checks them as OpenAI's SDK does. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import { createEngine } from "../../src/engine/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { Webhooks } from "../../src/webhooks/mod.ts";
import {
  callerTo,
  clientOf,
  ManualClock,
  prepare,
  settled,
  upstreamClient,
  weather,
} from "../kit/engine.ts";
import {
  failed,
  functionCalls,
  incomplete,
  startResponsesServer,
  text,
} from "../fakes/responses_server.ts";

const SECRET = "whsec_" + new Uint8Array(24).fill(7).toBase64();
const DAY_MS = 24 * 3600 * 1000;

Deno.test("each end of a run, and each stop, is told once, signed", async () => {
  await using setup = await setUp();
  const { client, upstream, receiver } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  const begin = async () =>
    await client.beta.threads.runs.create(thread_id, {
      assistant_id,
      tools: [weather],
      metadata: { order: "7" },
    });
  const told = [];
  upstream.enqueue(
    text("Done."),
    failed({ code: "server_error", message: "No." }),
    incomplete("max_output_tokens", "Half"),
  );
  for (let run = 0; run < 3; run++) told.push(await settled(setup, await begin()));
  upstream.enqueue(functionCalls([{ name: "weather", arguments: "{}" }]));
  const stopped = await settled(setup, await begin());
  await client.beta.threads.runs.cancel(stopped.id, { thread_id });

  await setup.deliver(5);
  // They are sent side by side.
  assert.deepEqual(
    receiver.events.map(({ type }) => type).sort(),
    ["run.cancelled", "run.completed", "run.failed", "run.incomplete", "run.requires_action"],
  );
  const completed = receiver.events.find(({ type }) => type === "run.completed");
  assert.deepEqual(completed?.data, {
    id: told[0]?.id,
    thread_id,
    assistant_id,
    status: "completed",
    metadata: { order: "7" },
  });
  assert.equal(new Set(receiver.events.map(({ id }) => id)).size, 5);
  await setup.deliver(0);
  assert.equal(receiver.events.length, 5);
});

Deno.test("what does not arrive is sent again, later and later, with the same id", async () => {
  await using setup = await setUp();
  const { receiver, clock } = setup;
  receiver.answers.push(500, 302, 404);
  await completeRun(setup);
  await setup.deliver(1);
  for (const waitS of [5, 30, 120]) {
    clock.advance((waitS - 1) * 1000, { timers: false });
    await setup.deliver(0);
    clock.advance(1000, { timers: false });
    await setup.deliver(1);
  }
  assert.equal(receiver.events.length, 4);
  assert.equal(new Set(receiver.events.map(({ id }) => id)).size, 1);
  clock.advance(DAY_MS, { timers: false });
  await setup.deliver(0);
});

Deno.test("what has not arrived in a day is given up", async () => {
  await using setup = await setUp();
  const { receiver, clock } = setup;
  receiver.answers.push(503, 503);
  await completeRun(setup);
  await setup.deliver(1);
  clock.advance(DAY_MS, { timers: false });
  await setup.deliver(1);
  clock.advance(DAY_MS, { timers: false });
  await setup.deliver(0);
});

Deno.test("an event that a process has claimed and not ended comes to the next one", async () => {
  await using setup = await setUp();
  const { store, clock, receiver } = setup;
  await completeRun(setup);
  const now = clock.now();
  assert.equal((await store.claimDeliveries(now, now + 60_000, 16)).length, 1);
  await setup.deliver(0);
  clock.advance(60_000, { timers: false });
  await setup.deliver(1);
  assert.equal(receiver.events.length, 1);
});

Deno.test("nothing is told of a thread that is deleted", async () => {
  await using setup = await setUp();
  const thread_id = await completeRun(setup);
  await setup.client.beta.threads.delete(thread_id);
  await setup.deliver(0);
});

Deno.test("a store that is not asked to keeps no events", async () => {
  await using setup = await setUp({ runEvents: false });
  await completeRun(setup);
  await setup.deliver(0);
});

async function completeRun(setup: Setup): Promise<string> {
  setup.upstream.enqueue(text("Done."));
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await setup.client.beta.threads.runs.create(thread_id, { assistant_id });
  assert.equal((await settled(setup, run)).status, "completed");
  return thread_id;
}

type Setup = Awaited<ReturnType<typeof setUp>>;

async function setUp({ runEvents = true } = {}) {
  const folder = await Deno.makeTempDir();
  const store = openStore(`sqlite:${folder}/assistants.db`, { runEvents });
  const engine = createEngine({ store });
  const upstream = startResponsesServer();
  const caller = callerTo(upstreamClient(upstream.url));
  const receiver = startReceiver();
  const clock = new ManualClock();
  return {
    store,
    engine,
    upstream,
    caller,
    client: clientOf(engine, caller),
    receiver,
    clock,
    /** One look at what is due, as a process of its own has it; so many events have to be sent. */
    async deliver(count: number): Promise<void> {
      const before = receiver.events.length;
      const webhooks = new Webhooks({ store, url: receiver.url, secret: SECRET, clock });
      clock.advance(0);
      await webhooks.close();
      assert.equal(receiver.events.length - before, count);
      assert.equal(clock.pending, 0);
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
      await store.close();
      await upstream.close();
      await receiver.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

interface Told {
  id: string;
  object: string;
  type: string;
  created_at: number;
  data: Record<string, unknown>;
}

/** Somebody who is told; answers 200 unless told to answer otherwise. */
function startReceiver() {
  const events: Told[] = [];
  const answers: number[] = [];
  const sdk = new OpenAI({ apiKey: "none", webhookSecret: SECRET });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.text();
    // A clock that is moved ahead is not what the signature is about.
    await sdk.webhooks.verifySignature(body, request.headers, SECRET, 10 * DAY_MS);
    events.push(JSON.parse(body));
    const status = answers.shift() ?? 200;
    const headers = status === 302 ? { location: "/elsewhere" } : undefined;
    return new Response(null, { status, headers });
  });
  return {
    events,
    answers,
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    close: () => server.shutdown(),
  };
}
