/** Searches among a million messages, and writes to the indexed database. */

import { newMessage } from "../src/engine/objects/new_objects.ts";
import { openStore } from "../src/store/mod.ts";
import { type Figure, median, quantile } from "./_figures.ts";
import { offlineEnv, SERVER_ARGS, start } from "./_server.ts";

const MESSAGES = 1_000_000;
const THREAD_LENGTH = 10_000;
const VOCABULARY = 50_000;
const WORDS = 40;
const ROUNDS = 300;
const STORED = 5000;

/** The word of rank n occurs about once in 11n words. */
const QUERIES: [name: string, query: string][] = [
  ["a word of every third message", wordOf(10)],
  ["a word of 1 in 300 messages", wordOf(1000)],
  ["a word of 1 in 7,000 messages", wordOf(25_000)],
  ["a word of one message", "nasturtium"],
  ["a word of no message", "unheard"],
  ["three common words", [3, 8, 20].map(wordOf).join(" ")],
  ["a phrase of two common words", `"${wordOf(2)} ${wordOf(3)}"`],
  ["a common word in one thread", wordOf(10)],
  ["a prefix of many words", `${wordOf(1000).slice(0, 3)}*`],
];

/** Measures searches and writes. */
export async function benchSearch(): Promise<Figure[]> {
  const env = await offlineEnv();
  const thread = await fill(env.DATABASE_URL ?? "");
  const flags = ["--http", "--port=0", "--rate-limit-per-min=1000000000", "--toolsets=all"];
  await using server = await start([...SERVER_ARGS, ...flags], env);
  const call = async (tool: string, body: Record<string, unknown>) => {
    const startedAt = performance.now();
    const response = await fetch(new URL(`/mcp/call?tool_name=${tool}`, server.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return performance.now() - startedAt;
  };

  const figures: Figure[] = [];
  for (const [name, query] of QUERIES) {
    const args = { query, ...name.endsWith("in one thread") && { thread_id: thread } };
    const tookMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) tookMs.push(await call("search_messages", args));
    figures.push({
      name: `search_messages in ${MESSAGES.toLocaleString("en")} messages: ${name}, p50`,
      value: median(tookMs),
      unit: "ms",
      // A prefix search reads more messages than it returns.
      ...!query.endsWith("*") && { target: { bound: "<=", value: 5 } },
      baseline: `p99: ${quantile(tookMs, 0.99).toPrecision(2)} ms`,
    });
  }
  const tookMs: number[] = [];
  for (let n = 0; n < STORED; n++) {
    tookMs.push(
      await call("create_message", { thread_id: thread, role: "user", content: text(n) }),
    );
  }
  figures.push({
    name: "create_message in the same database, p99",
    value: quantile(tookMs, 0.99),
    unit: "ms",
    target: { bound: "<=", value: 5 },
    baseline: `p50: ${median(tookMs).toPrecision(2)}, p99.9: ${
      quantile(tookMs, 0.999).toPrecision(2)
    } ms`,
  });
  figures.push({
    name: `delete_thread of ${THREAD_LENGTH.toLocaleString("en")} messages`,
    value: await call("delete_thread", { thread_id: threadId(0) }) / 1000,
    unit: "s",
  });
  return figures;
}

/** Writes threads directly to the store, and returns the ID of the last one. */
async function fill(url: string): Promise<string> {
  const store = openStore(url);
  const now = Math.floor(Date.now() / 1000);
  const threads = MESSAGES / THREAD_LENGTH;
  for (let t = 0; t < threads; t++) {
    const id = threadId(t);
    const from = now - (threads - t) * THREAD_LENGTH;
    const thread = {
      id,
      object: "thread" as const,
      created_at: from,
      metadata: {},
      tool_resources: null,
    };
    const messages = Array.from({ length: THREAD_LENGTH }, (_, m) => {
      const rare = t === threads >> 1 && m === 0 ? "nasturtium " : "";
      return newMessage(id, { role: "user", content: rare + text(m) }, from + m);
    });
    await store.forTenant("default").addToThread(id, { thread, messages }, now, () => ({}));
  }
  await store.close();
  return threadId(threads - 1);
}

function threadId(number: number): string {
  return `thread_${String(number).padStart(24, "0")}`;
}

let seed = 1;

/** Returns a pseudo-random number between 0 and 1; the sequence is the same in each run. */
function random(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 2 ** 32;
}

/** Returns words with the frequencies of a language: few are frequent, most are rare. */
function text(number: number): string {
  const words = Array.from({ length: WORDS }, () => wordOf(Math.floor(VOCABULARY ** random())));
  return `Message ${number}: ${words.join(" ")}.`;
}

function wordOf(rank: number): string {
  const letters = "etaoinshrdlcumwfgypbvk";
  let word = "";
  for (let rest = rank * 7919 + 31; rest > 0; rest = Math.floor(rest / letters.length)) {
    word += letters[rest % letters.length];
  }
  return word;
}
