/** What the engine adds to the time of a streamed answer, over asking the same upstream directly. */

import OpenAI from "openai";
import { createEngine } from "../src/engine/mod.ts";
import { createClients } from "../src/openai/mod.ts";
import { openStore } from "../src/store/mod.ts";
import { type Figure, median } from "./_figures.ts";
import { scriptArgs, start } from "./_server.ts";

const WARM_UP = 50;
const ROUNDS = 300;

/** Milliseconds from the request on. */
interface Times {
  first: number;
  end: number;
}

export async function benchLatency(): Promise<Figure[]> {
  await using upstream = await start(scriptArgs("responses_http.ts"));
  await using engine = await startEngine(upstream.url);
  const apiKey = "sk-bench-0123456789";
  const direct = new OpenAI({ apiKey, baseURL: upstream.url, maxRetries: 0 });
  const client = await engine.clients.of({ tenant: "default", apiKey });
  const { id: assistant_id } = await client.beta.assistants.create({ model: "m" });

  const bare: Times[] = [];
  const ours: Times[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const { id } = await client.beta.threads.create({
      messages: [{ role: "user", content: "Hello" }],
    });
    const measured = [
      async () => bare.push(await timeResponse(direct)),
      async () => ours.push(await timeRun(client, id, assistant_id)),
    ];
    // Each of them is as often the first.
    if (round % 2 === 0) measured.reverse();
    for (const measure of measured) await measure();
    if (round < 0) bare.length = ours.length = 0;
  }
  return [
    added("a run's first delta, added", "first", 3, { bare, ours }),
    added("a run's completion, added", "end", 4, { bare, ours }),
  ];
}

function added(
  name: string,
  what: keyof Times,
  target: number,
  { bare, ours }: Record<"bare" | "ours", Times[]>,
): Figure {
  const direct = median(bare.map((times) => times[what]));
  return {
    name,
    value: median(ours.map((times) => times[what])) - direct,
    unit: "ms",
    target: { bound: "<=", value: target },
    baseline: `a direct stream ${direct.toPrecision(2)} ms`,
  };
}

/** The engine as the server has it, with a database of its own. */
async function startEngine(upstreamUrl: string) {
  const folder = await Deno.makeTempDir({ prefix: "assistants-mcp-bench-" });
  const store = openStore(`sqlite:${folder}/bench.db`);
  const engine = createEngine({ store });
  const settings = {
    OPENAI_BASE_URL: upstreamUrl,
    OPENAI_TIMEOUT_S: 60,
    OPENAI_MAX_RETRIES: 0,
    OPENAI_MAX_CONCURRENCY: 64,
  };
  const clients = createClients({ engine, settings });
  return {
    clients,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await clients.close();
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function timeResponse(openai: OpenAI): Promise<Times> {
  const startedAt = performance.now();
  const stream = await openai.responses.create({ model: "m", input: "Hello", stream: true });
  return await timesOf(stream, "response.output_text.delta", startedAt);
}

async function timeRun(openai: OpenAI, threadId: string, assistant_id: string): Promise<Times> {
  const startedAt = performance.now();
  const { runs } = openai.beta.threads;
  const stream = await runs.create(threadId, { assistant_id, stream: true });
  return await timesOf(stream, "thread.message.delta", startedAt);
}

async function timesOf(
  stream: AsyncIterable<{ event: string } | { type: string }>,
  delta: string,
  startedAt: number,
): Promise<Times> {
  let first = NaN;
  let last = "";
  for await (const event of stream) {
    last = "event" in event ? event.event : event.type;
    if (last === delta && Number.isNaN(first)) first = performance.now() - startedAt;
  }
  if (!last.endsWith(".completed")) throw new Error(`The answer ended with ${last}.`);
  return { first, end: performance.now() - startedAt };
}
