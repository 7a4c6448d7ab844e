/** What 10,000 clients leave behind that went without a word, and what 2,000 cost that listen. */

import type { Figure } from "./_figures.ts";
import { offlineEnv, rssMb, scriptArgs, SERVER_ARGS } from "./_server.ts";

const ABANDONED = 10_000;
const LISTENING = 2_000;
const AT_ONCE = 50;
const IDLE_S = 10;

interface Server extends AsyncDisposable {
  origin: string;
  pid: number;
}

export async function benchSessions(): Promise<Figure[]> {
  return [...await abandoned(), ...await listening()];
}

async function abandoned(): Promise<Figure[]> {
  await using server = await start(SERVER_ARGS, serverFlags(8093), 8093);
  async function round(): Promise<void> {
    await times(ABANDONED, () => abandon(server.origin));
    // A sweep ends what was idle for so long, and the sweeps are as far apart.
    await pause(2 * IDLE_S + 1);
  }
  // What a server needs to have had so many at all is no leak.
  await round();
  const before = await settledRssMb(server.pid);
  await round();
  const after = await settledRssMb(server.pid);
  return [
    {
      name: `RSS after ${ABANDONED} abandoned sessions and streams`,
      value: after,
      unit: "MB",
      target: { bound: "<=", value: Math.round(before * 1.15) },
      baseline: `${before.toFixed(0)} MB before them`,
    },
    {
      name: "kept of an abandoned session",
      value: Math.max(0, (after - before) * 1024 / ABANDONED),
      unit: "KB",
      target: { bound: "<=", value: 2 },
      baseline: "nothing",
    },
  ];
}

async function listening(): Promise<Figure[]> {
  const bare = await withStreams(scriptArgs("echo_sse.ts"), ["8094"], 8094);
  const ours = await withStreams(SERVER_ARGS, serverFlags(8093), 8093);
  return [{
    name: `RSS with ${LISTENING} open SSE streams`,
    value: ours.after,
    unit: "MB",
    target: { bound: "<=", value: 150 },
    baseline: `${ours.before.toFixed(0)} MB without; a bare Deno.serve ` +
      `${bare.before.toFixed(0)} and ${bare.after.toFixed(0)} MB`,
  }];
}

async function withStreams(
  args: string[],
  more: string[],
  port: number,
): Promise<{ before: number; after: number }> {
  await using server = await start(args, more, port);
  const before = await settledRssMb(server.pid);
  const streams: ReadableStreamDefaultReader<Uint8Array>[] = [];
  await times(LISTENING, async () => {
    const { body } = await fetch(`${server.origin}/sse`);
    if (body === null) throw new Error("A stream had no body.");
    const reader = body.getReader();
    await reader.read();
    streams.push(reader);
  });
  const after = await settledRssMb(server.pid);
  await Promise.all(streams.map((reader) => reader.cancel()));
  return { before, after };
}

/** A session whose client never comes back, and a stream whose client goes at once. */
async function abandon(origin: string): Promise<void> {
  const response = await initialize(origin);
  await response.text();
  const stream = await fetch(`${origin}/sse`);
  await stream.body?.cancel();
}

function initialize(origin: string): Promise<Response> {
  return fetch(`${origin}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "bench", version: "1" },
      },
    }),
  });
}

function serverFlags(port: number): string[] {
  return [
    "--http",
    `--port=${port}`,
    `--session-idle-s=${IDLE_S}`,
    `--max-sessions=${3 * ABANDONED}`,
    "--rate-limit-per-min=1000000000",
  ];
}

async function start(args: string[], more: string[], port: number): Promise<Server> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...more],
    env: await offlineEnv(),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const origin = `http://127.0.0.1:${port}`;
  for (let tries = 0;; tries++) {
    try {
      await (await fetch(origin)).body?.cancel();
      break;
    } catch (error) {
      if (tries === 200) throw error;
      await pause(0.025);
    }
  }
  return {
    origin,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Does it so often, some at once. */
async function times(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await work();
  }));
}

/** Resident memory when the collector has had a moment. */
async function settledRssMb(pid: number): Promise<number> {
  await pause(3);
  return await rssMb(pid);
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
