/** Searching a million messages, and storing one more, with the index on. */

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

/** The n-th word is said about once in eleven times n words. */
const QUERIES: [name: string, query: string][] = [
  ["a word of one message in three", wordOf(10)],
  ["a word of one message in 300", wordOf(1000)],
  ["a word of one message in 7,000", wordOf(25_000)],
  ["a word of one message", "nasturtium"],
  ["a word of no message", "unheard"],
  ["three common words", [3, 8, 20].map(wordOf).join(" ")],
  ["a phrase of two common words", `"${wordOf(2)} ${wordOf(3)}"`],
  ["a common word in one thread", wordOf(10)],
  ["a beginning of many words", `${wordOf(1000).slice(0, 3)}*`],
];

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
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) took.push(await call("search_messages", args));
    figures.push({
      name: `search_messages at ${MESSAGES.toLocaleString("en")}, ${name}, p50`,
      value: median(took),
      unit: "ms",
      // The only one that reads more than it shows.
      ...!query.endsWith("*") && { target: { bound: "<=", value: 5 } },
      baseline: `p99 ${quantile(took, 0.99).toPrecision(2)} ms`,
    });
  }
  const took: number[] = [];
  for (let n = 0; n < STORED; n++) {
    took.push(await call("create_message", { thread_id: thread, role: "user", content: text(n) }));
  }
  figures.push({
    name: "create_message beside them, p99",
    value: quantile(took, 0.99),
    unit: "ms",
    target: { bound: "<=", value: 5 },
    baseline: `p50 ${median(took).toPrecision(2)}, p99.9 ${
      quantile(took, 0.999).toPrecision(2)
    } ms`,
  });
  figures.push({
    name: `delete_thread of ${THREAD_LENGTH.toLocaleString("en")} messages`,
    value: await call("delete_thread", { thread_id: threadId(0) }) / 1000,
    unit: "s",
  });
  return figures;
}

/** Writes threads past the server, and names the last of them. */
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

/** A number from 0 to 1, the same ones each time. */
function random(): number {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 2 ** 32;
}

/** Words as often as a language has them: few often, most hardly ever. */
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
