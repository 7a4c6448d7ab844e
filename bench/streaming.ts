/** Time that `/v1` adds to a streamed run, compared with a direct request to the same upstream. */

import OpenAI from "openai";
import { type Figure, median } from "./_figures.ts";
import { offlineEnv, scriptArgs, SERVER_ARGS, start } from "./_server.ts";

const WARM_UP = 100;
const ROUNDS = 300;

/** Times since the request, in milliseconds. */
interface Times {
  first: number;
  end: number;
}

/** Measures streamed runs. */
export async function benchStreaming(): Promise<Figure[]> {
  await using upstream = await start(scriptArgs("responses_http.ts"));
  const flags = ["--http", "--port=0", "--rate-limit-per-min=1000000000"];
  const env = { ...await offlineEnv(), OPENAI_BASE_URL: upstream.url };
  await using server = await start([...SERVER_ARGS, ...flags], env);
  const apiKey = "sk-bench-0123456789";
  const direct = new OpenAI({ apiKey, baseURL: upstream.url, maxRetries: 0 });
  const baseURL = new URL("/v1", server.url).href;
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0 });
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
    // Alternates the order, so that neither benefits from being second.
    if (round % 2 === 0) measured.reverse();
    for (const measure of measured) await measure();
    if (round < 0) bare.length = ours.length = 0;
  }
  return [
    added("time added to the first delta of a run by /v1, p50", "first", 4, { bare, ours }),
    added("time added to the end of a run by /v1, p50", "end", 5, { bare, ours }),
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
    baseline: `direct stream: ${direct.toPrecision(2)} ms`,
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
  if (!last.endsWith(".completed")) throw new Error(`The stream ended with ${last}.`);
  return { first, end: performance.now() - startedAt };
}
