/** Calls over stdio: sequential, concurrent, and with a slow model server. */

import { type Figure, median, quantile } from "./_figures.ts";
import { offlineEnv, rssMb, scriptArgs, SERVER_ARGS } from "./_server.ts";
import { StdioClient } from "./_stdio_client.ts";

const UPSTREAM_MS = 200;

/** Measures calls over stdio. */
export async function benchCalls(): Promise<Figure[]> {
  const client = new StdioClient(SERVER_ARGS, await offlineEnv());
  await client.initialize();
  const { id } = await client.call("create_assistant", { name: "bench" });
  const get = () =>
    client.request("tools/call", { name: "get_assistant", arguments: { assistant_id: id } });

  await repeat(1000, get);
  const afterThousand = await rssMb(client.child.pid);
  await repeat(500, () => client.request("tools/list"));
  const list = await repeat(1000, () => client.request("tools/list"));
  const one = await repeat(3000, get);
  const rate = await concurrentRate(200, get);
  await client.close();

  const echo = await echoTimes();
  return [
    {
      name: "tools/list, warm, p50",
      value: median(list),
      unit: "ms",
      target: { bound: "<=", value: 0.15 },
      baseline: `bare echo of a line: ${median(echo).toPrecision(2)} ms`,
    },
    {
      name: "get_assistant, p50",
      value: median(one),
      unit: "ms",
      target: { bound: "<=", value: 0.4 },
      baseline: `bare echo, ratio ${(median(one) / median(echo)).toFixed(1)}`,
    },
    { name: "get_assistant, p99", value: quantile(one, 0.99), unit: "ms" },
    {
      name: "get_assistant, 200 concurrent calls",
      value: rate,
      unit: "calls/s",
      target: { bound: ">=", value: 4000 },
    },
    await tenOnSlowUpstream(),
    {
      name: "RSS after 1,000 calls",
      value: afterThousand,
      unit: "MB",
      target: { bound: "<=", value: 140 },
    },
  ];
}

async function repeat(times: number, call: () => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now();
    await call();
    tookMs.push(performance.now() - startedAt);
  }
  return tookMs;
}

/** Returns the median rate of several waves of `width` concurrent calls. */
async function concurrentRate(width: number, call: () => Promise<unknown>): Promise<number> {
  const rates: number[] = [];
  for (let wave = 0; wave < 25; wave++) {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: width }, call));
    rates.push(width / (performance.now() - startedAt) * 1000);
  }
  return median(rates);
}

async function echoTimes(): Promise<number[]> {
  const client = new StdioClient(scriptArgs("echo_stdio.ts"));
  await repeat(500, () => client.request("echo"));
  const tookMs = await repeat(1000, () => client.request("echo"));
  await client.close();
  return tookMs;
}

async function tenOnSlowUpstream(): Promise<Figure> {
  await using upstream = slowUpstream();
  const client = new StdioClient(SERVER_ARGS, {
    ...await offlineEnv(),
    OPENAI_BASE_URL: upstream.url,
  });
  await client.initialize();
  const ten = () =>
    Promise.all(Array.from({ length: 10 }, () => client.call("ask_openai", { query: "Hello" })));
  await ten();
  const tookMs = await repeat(7, ten);
  await client.close();
  return {
    name: "ten concurrent calls, model server with 200 ms latency",
    value: median(tookMs),
    unit: "ms",
    target: { bound: "<=", value: 230 },
  };
}

/** Starts a Responses server that waits before each response. */
function slowUpstream(): AsyncDisposable & { url: string } {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
    await new Promise((resolve) => setTimeout(resolve, UPSTREAM_MS));
    const response = {
      id: "resp_1",
      object: "response",
      created_at: 0,
      status: "completed",
      model: "m",
      output: [{
        id: "msg_1",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Hello.", annotations: [] }],
      }],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    };
    const event = { type: "response.completed", sequence_number: 0, response };
    return new Response(`event: response.completed\ndata: ${JSON.stringify(event)}\n\n`, {
      headers: { "content-type": "text/event-stream" },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/v1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
