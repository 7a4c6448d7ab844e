/** The effect of 1,000 queued calls of one tenant on the calls of another tenant. */

import { type Figure, median } from "./_figures.ts";
import { offlineEnv, scriptArgs, SERVER_ARGS, start, type Target } from "./_server.ts";

const LATENCY_MS = 1000;
const QUEUED = 1000;
const CALLS = 30;

const QUIET = "sk-bench-quiet-0123456789";
const BUSY = "sk-bench-busy-0123456789";

interface Call {
  name: string;
  arguments: Record<string, unknown>;
}

/** Measures the fairness between tenants. */
export async function benchFairness(): Promise<Figure[]> {
  return [
    await measure({ name: "ask_openai", arguments: { query: "Hello" } }),
    await measure({ name: "ask_assistant", arguments: { message: "Hello" } }),
  ];
}

/** Times the calls of one tenant alone, during the calls of the other, and alone again. */
async function measure(call: Call): Promise<Figure> {
  await using upstream = await start([...scriptArgs("responses_http.ts"), String(LATENCY_MS)]);
  const flags = [
    "--http",
    "--port=0",
    "--mcp-credentials-passthrough=true",
    "--rate-limit-per-min=1000000000",
  ];
  const env = { ...await offlineEnv(), OPENAI_BASE_URL: upstream.url };
  await using server = await start([...SERVER_ARGS, ...flags], env);
  await timeCalls(server, call, 5);
  const alone = await timeCalls(server, call, CALLS / 2);
  const worker = await startLoad(server, call);
  const together = await timeCalls(server, call, CALLS);
  worker.terminate();
  await untilQueueLength(server, (length) => length === 0);
  alone.push(...await timeCalls(server, call, CALLS / 2));
  const ms = median(alone);
  return {
    name: `${call.name} during ${QUEUED} calls of another tenant, p50: increase`,
    value: (median(together) / ms - 1) * 100,
    unit: "%",
    target: { bound: "<=", value: 20 },
    baseline: `alone: ${ms.toFixed(0)} ms, model server latency: ${LATENCY_MS} ms`,
  };
}

/** Starts a worker that keeps calls of the other tenant in progress, and waits until they are queued. */
async function startLoad({ url }: Target, call: Call): Promise<Worker> {
  const name = [url, BUSY, QUEUED, encodeURIComponent(JSON.stringify(call))].join(" ");
  const worker = new Worker(new URL("./_load_worker.ts", import.meta.url), {
    type: "module",
    name,
  });
  // Some of the calls are at the model server, so the queue is shorter.
  await untilQueueLength({ url }, (length) => length > QUEUED * 0.8);
  return worker;
}

/** Resolves when the length of the upstream queue matches. */
async function untilQueueLength(
  { url }: Pick<Target, "url">,
  matches: (length: number) => boolean,
): Promise<void> {
  for (;;) {
    const text = await (await fetch(new URL("/metrics", url))).text();
    if (matches(Number(/^assistants_mcp_upstream_queue_length (\d+)/m.exec(text)?.[1]))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Returns the durations of sequential calls in milliseconds. */
async function timeCalls({ url }: Target, params: Call, count: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let done = 0; done < count; done++) {
    const startedAt = performance.now();
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-openai-api-key": QUIET },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    });
    const { result } = await response.json();
    tookMs.push(performance.now() - startedAt);
    if (result.structuredContent?.status !== "completed") throw new Error(JSON.stringify(result));
  }
  return tookMs;
}
