/** 1,000 concurrent runs that one process streams to separate clients. */

import { type Figure, quantile } from "./_figures.ts";
import {
  cpuMicros,
  offlineEnv,
  peakRssMb,
  scriptArgs,
  SERVER_ARGS,
  start,
  type Target,
} from "./_server.ts";

const RUNS = 1000;
const DELTAS = 50;
const PACE_MS = 100;
const CONCURRENT_OPENS = 32;

/** The totals of all clients. */
interface Totals {
  completed: number;
  /** Number of received events, including the last one of each stream. */
  events: number;
  /** Delays of the words from the upstream to the client, in milliseconds. */
  delaysMs: number[];
}

/** Measures concurrent runs. */
export async function benchRuns(): Promise<Figure[]> {
  const args = [RUNS, DELTAS, PACE_MS].map(String);
  await using upstream = await start([...scriptArgs("responses_paced.ts"), ...args]);
  const direct = await streamAll(() => post(`${upstream.url}/responses`, {}));
  const proxied = await throughProxy(upstream);
  const env = {
    ...await offlineEnv(),
    OPENAI_BASE_URL: upstream.url,
    OPENAI_MAX_CONCURRENCY: String(RUNS),
  };
  const limits = [
    "--rate-limit-per-min=1000000000",
    "--max-calls=2000",
    "--max-calls-per-tenant=2000",
  ];
  await using server = await start([...SERVER_ARGS, "--http", "--port=0", ...limits], env);
  const base = new URL("/v1", server.url).href;
  const { id } = await (await post(`${base}/assistants`, { model: "m" })).json();
  const thread = { messages: [{ role: "user", content: "Hello" }] };
  const run = () => post(`${base}/threads/runs`, { assistant_id: id, thread, stream: true });

  const before = await cpuMicros(server.pid);
  const totals = await streamAll(run);
  const micros = (await cpuMicros(server.pid) - before) / totals.events;
  const rss = await peakRssMb(server.pid);
  return [
    {
      name: `${RUNS} concurrent runs: completed`,
      value: totals.completed,
      unit: "runs",
      target: { bound: ">=", value: RUNS },
    },
    {
      name: `${RUNS} concurrent runs: CPU per event`,
      value: micros,
      unit: "us",
      target: { bound: "<=", value: 90 },
      baseline: `bare proxy: ${proxied.micros.toFixed(0)} us`,
    },
    {
      name: `${RUNS} concurrent runs: peak RSS`,
      value: rss,
      unit: "MB",
      target: { bound: "<=", value: 300 },
      baseline: `bare proxy: ${proxied.rss.toFixed(0)} MB`,
    },
    {
      name: `${RUNS} concurrent runs: delay of a delta, p99`,
      value: quantile(totals.delaysMs, 0.99),
      unit: "ms",
      target: { bound: "<=", value: 40 },
      baseline: `direct: ${quantile(direct.delaysMs, 0.99).toPrecision(2)} ms, bare proxy: ` +
        `${proxied.delayMs.toPrecision(2)} ms`,
    },
  ];
}

/** Measures a process that only forwards the streams. */
async function throughProxy(upstream: Target) {
  await using proxy = await start([...scriptArgs("proxy_http.ts"), upstream.url]);
  const before = await cpuMicros(proxy.pid);
  const { events, delaysMs } = await streamAll(() => post(`${proxy.url}/responses`, {}));
  return {
    micros: (await cpuMicros(proxy.pid) - before) / events,
    rss: await peakRssMb(proxy.pid),
    delayMs: quantile(delaysMs, 0.99),
  };
}

/** Opens all streams, several at a time, and reads them to their ends. */
async function streamAll(open: () => Promise<Response>): Promise<Totals> {
  const totals: Totals = { completed: 0, events: 0, delaysMs: [] };
  const reading: Promise<void>[] = [];
  await Promise.all(Array.from({ length: CONCURRENT_OPENS }, async () => {
    while (reading.length < RUNS) {
      const response = open();
      reading.push(response.then(read));
      await response;
    }
  }));
  await Promise.all(reading);
  return totals;

  async function read({ body }: Response): Promise<void> {
    let last = "";
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const nowMs = performance.timeOrigin + performance.now();
      for (const [, event = "", sentAt] of text.matchAll(EVENT)) {
        totals.events++;
        if (event !== "done") last = event;
        if (sentAt !== undefined) totals.delaysMs.push(nowMs - Number(sentAt));
      }
    }
    if (last.endsWith(".completed")) totals.completed++;
  }
}

/** Matches an event and the time in a delta. Servers send each event in one chunk. */
const EVENT = /^event: (.*)\n(?:data: .*"(?:value|delta)":"(\d+\.\d+) ")?/gm;

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
}
