/** A thousand runs that stream at the same time from one process, each to a client of its own. */

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
const OPENED_AT_ONCE = 32;

/** What the clients of all runs have seen together. */
interface Seen {
  completed: number;
  /** Events that came, the last one of each stream included. */
  events: number;
  /** From when the upstream said a word to when a client had it, in milliseconds. */
  lateMs: number[];
}

export async function benchRuns(): Promise<Figure[]> {
  const args = [RUNS, DELTAS, PACE_MS].map(String);
  await using upstream = await start([...scriptArgs("responses_paced.ts"), ...args]);
  const direct = await all(() => post(`${upstream.url}/responses`, {}));
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
  const seen = await all(run);
  const micros = (await cpuMicros(server.pid) - before) / seen.events;
  const rss = await peakRssMb(server.pid);
  return [
    {
      name: `${RUNS} runs at the same time: completed`,
      value: seen.completed,
      unit: "runs",
      target: { bound: ">=", value: RUNS },
    },
    {
      name: "of them: CPU an event",
      value: micros,
      unit: "us",
      target: { bound: "<=", value: 90 },
      baseline: `a bare proxy ${proxied.micros.toFixed(0)} us`,
    },
    {
      name: "of them: RSS at its highest",
      value: rss,
      unit: "MB",
      target: { bound: "<=", value: 300 },
      baseline: `a bare proxy ${proxied.rss.toFixed(0)} MB`,
    },
    {
      name: "of them: lateness of a delta, p99",
      value: quantile(seen.lateMs, 0.99),
      unit: "ms",
      target: { bound: "<=", value: 40 },
      baseline: `direct ${quantile(direct.lateMs, 0.99).toPrecision(2)} ms, a bare proxy ` +
        `${proxied.late.toPrecision(2)} ms`,
    },
  ];
}

/** What it costs a process that does nothing but pass the streams on. */
async function throughProxy(upstream: Target) {
  await using proxy = await start([...scriptArgs("proxy_http.ts"), upstream.url]);
  const before = await cpuMicros(proxy.pid);
  const { events, lateMs } = await all(() => post(`${proxy.url}/responses`, {}));
  return {
    micros: (await cpuMicros(proxy.pid) - before) / events,
    rss: await peakRssMb(proxy.pid),
    late: quantile(lateMs, 0.99),
  };
}

/** Opens all streams, some at once, and reads them to their ends. */
async function all(open: () => Promise<Response>): Promise<Seen> {
  const seen: Seen = { completed: 0, events: 0, lateMs: [] };
  const reading: Promise<void>[] = [];
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, async () => {
    while (reading.length < RUNS) {
      const response = open();
      reading.push(response.then(read));
      await response;
    }
  }));
  await Promise.all(reading);
  return seen;

  async function read({ body }: Response): Promise<void> {
    let last = "";
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const now = performance.timeOrigin + performance.now();
      for (const [, event = "", said] of text.matchAll(EVENT)) {
        seen.events++;
        if (event !== "done") last = event;
        if (said !== undefined) seen.lateMs.push(now - Number(said));
      }
    }
    if (last.endsWith(".completed")) seen.completed++;
  }
}

/** An event and, of a delta, when it was said. Servers send each in one piece. */
const EVENT = /^event: (.*)\n(?:data: .*"(?:value|delta)":"(\d+\.\d+) ")?/gm;

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
}
