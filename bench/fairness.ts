/** What the thousand calls of one tenant that wait for the model server add to another's one. */

import { type Figure, median } from "./_figures.ts";
import { offlineEnv, scriptArgs, SERVER_ARGS, start, type Target } from "./_server.ts";

const LATENCY_MS = 1000;
const WAITING = 1000;
const CALLS = 30;

const QUIET = "sk-bench-quiet-0123456789";
const BUSY = "sk-bench-busy-0123456789";

interface Call {
  name: string;
  arguments: Record<string, unknown>;
}

export async function benchFairness(): Promise<Figure[]> {
  return [
    await beside({ name: "ask_openai", arguments: { query: "Hello" } }),
    await beside({ name: "ask_assistant", arguments: { message: "Hello" } }),
  ];
}

/** Times the calls of the one tenant alone, beside those of the other, and alone again. */
async function beside(call: Call): Promise<Figure> {
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
  const crowd = await gather(server, call);
  const together = await timeCalls(server, call, CALLS);
  crowd.terminate();
  await waiting(server, (length) => length === 0);
  alone.push(...await timeCalls(server, call, CALLS / 2));
  const ms = median(alone);
  return {
    name: `${call.name} beside another tenant's ${WAITING}, p50: added`,
    value: (median(together) / ms - 1) * 100,
    unit: "%",
    target: { bound: "<=", value: 20 },
    baseline: `alone ${ms.toFixed(0)} ms, on a model server of ${LATENCY_MS} ms`,
  };
}

/** Lets another tenant keep so many calls under way, from a thread of its own. */
async function gather({ url }: Target, call: Call): Promise<Worker> {
  const name = [url, BUSY, WAITING, encodeURIComponent(JSON.stringify(call))].join(" ");
  const crowd = new Worker(new URL("./_crowd.ts", import.meta.url), { type: "module", name });
  // Of those under way some are at the model server, and the others wait.
  await waiting({ url }, (length) => length > WAITING * 0.8);
  return crowd;
}

/** Resolves when the line of those that wait for the model server is of such a length. */
async function waiting(
  { url }: Pick<Target, "url">,
  isRight: (length: number) => boolean,
): Promise<void> {
  for (;;) {
    const text = await (await fetch(new URL("/metrics", url))).text();
    if (isRight(Number(/^assistants_mcp_upstream_queue_length (\d+)/m.exec(text)?.[1]))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Milliseconds of calls one after the other. */
async function timeCalls({ url }: Target, params: Call, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let done = 0; done < count; done++) {
    const startedAt = performance.now();
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-openai-api-key": QUIET },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    });
    const { result } = await response.json();
    took.push(performance.now() - startedAt);
    if (result.structuredContent?.status !== "completed") throw new Error(JSON.stringify(result));
  }
  return took;
}
