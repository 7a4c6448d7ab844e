/** Message operations through `/v1` in a small database and in one with a million messages. */

import { newMessage } from "../src/engine/objects/new_objects.ts";
import { openStore } from "../src/store/mod.ts";
import { type Figure, median } from "./_figures.ts";
import { SERVER_ARGS, start } from "./_server.ts";

const SMALL = 1000;
const LARGE = 1_000_000;
const LONG_THREAD = 10_000;
const ROUNDS = 500;

/** Medians in milliseconds. */
interface Times {
  create: number;
  get: number;
  list: number;
}

/** Measures the effect of the size of the database. */
export async function benchScale(): Promise<Figure[]> {
  const small = await measure(SMALL, SMALL);
  const large = await measure(LARGE, LONG_THREAD);
  const growth = (operation: keyof Times, description: string): Figure => ({
    name: `${description}: ${LARGE.toLocaleString("en")} messages relative to ${
      SMALL.toLocaleString("en")
    }`,
    value: large[operation] / small[operation],
    unit: "times",
    target: { bound: "<=", value: 1.7 },
    baseline: `${small[operation].toPrecision(2)} and ${large[operation].toPrecision(2)} ms`,
  });
  return [
    {
      name: `list 100 messages of a thread of ${LONG_THREAD.toLocaleString("en")}, p50`,
      value: large.list,
      unit: "ms",
      target: { bound: "<=", value: 1 },
      baseline: `thread of ${SMALL.toLocaleString("en")}: ${small.list.toPrecision(2)} ms`,
    },
    growth("create", "create a message"),
    growth("get", "get a message"),
    growth("list", "list 100 messages"),
  ];
}

/** Times calls over HTTP with a number of messages in threads of one length. */
async function measure(messages: number, threadLength: number): Promise<Times> {
  await using folder = await tempFolder();
  const env = { OPENAI_BASE_URL: "offline:", DATABASE_URL: `sqlite:${folder.path}/bench.db` };
  const [thread = "", message = ""] = await fill(env.DATABASE_URL, messages, threadLength);
  const flags = ["--http", "--port=0", "--rate-limit-per-min=1000000000"];
  await using server = await start([...SERVER_ARGS, ...flags], env);
  const url = `${new URL("/v1", server.url).href}/threads/${thread}/messages`;
  const body = JSON.stringify({ role: "user", content: words(0) });
  const headers = { "content-type": "application/json" };
  const calls = {
    create: () => fetch(url, { method: "POST", headers, body }),
    get: () => fetch(`${url}/${message}`),
    list: () => fetch(`${url}?limit=100`),
  };
  return {
    create: await time(calls.create),
    get: await time(calls.get),
    list: await time(calls.list),
  };
}

/** Creates a temporary folder, which is removed because the database is large. */
async function tempFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ prefix: "assistants-mcp-bench-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Writes threads directly to the store; returns the IDs of one in the middle and of one of its messages. */
async function fill(url: string, messages: number, threadLength: number): Promise<string[]> {
  const store = openStore(url);
  const now = Math.floor(Date.now() / 1000);
  const threads = messages / threadLength;
  let ids: string[] = [];
  for (let n = 0; n < threads; n++) {
    const id = `thread_${String(n).padStart(24, "0")}`;
    const thread = {
      id,
      object: "thread" as const,
      created_at: now,
      metadata: {},
      tool_resources: null,
    };
    const generated = Array.from(
      { length: threadLength },
      (_, m) => newMessage(id, { role: "user", content: words(m) }, now - threadLength + m),
    );
    await store.forTenant("default").addToThread(
      id,
      { thread, messages: generated },
      now,
      () => ({}),
    );
    if (n === Math.floor(threads / 2)) ids = [id, generated[threadLength >> 1]?.id ?? ""];
  }
  await store.close();
  return ids;
}

function words(n: number): string {
  return `Message ${n}: the quick brown fox jumps over the lazy dog. `.repeat(3);
}

async function time(call: () => Promise<Response>): Promise<number> {
  const tookMs: number[] = [];
  for (let round = -ROUNDS / 5; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const response = await call();
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    if (round >= 0) tookMs.push(performance.now() - startedAt);
  }
  return median(tookMs);
}
