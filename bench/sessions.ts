/** Memory of 10,000 abandoned sessions after their expiry, and of 2,000 open streams. */

import type { Figure } from "./_figures.ts";
import { rssMb, scriptArgs } from "./_server.ts";
import {
  abandon,
  allGone,
  collected,
  initialize,
  listen,
  type Listener,
  type OpenStream,
  openStream,
  serverArgs,
  settledRssMb,
  startOn,
  times,
} from "./session_clients.ts";

const ABANDONED = 10_000;
/** Sessions before the first measurement, after which the server has allocated its fixed memory. */
const WARM_UP = 1000;
const LISTENING = 2000;
const IDLE_S = 10;
const PORT = 8093;

/** Measures the memory of sessions and streams. */
export async function benchSessions(): Promise<Figure[]> {
  return [...await abandoned(), ...await listening()];
}

async function abandoned(): Promise<Figure[]> {
  await using server = await startOn(PORT, serverArgs(PORT, { collecting: true, idleS: IDLE_S }));
  await times(WARM_UP, () => abandon(server));
  await allGone(server);
  const before = await collected(server);
  await times(ABANDONED, () => abandon(server));
  const withThem = await rssMb(server.pid);
  await allGone(server);
  const after = await collected(server);
  const residentKb = (after.rssMb - before.rssMb) * 1024 / ABANDONED;
  return [
    {
      name: `RSS after ${ABANDONED} abandoned sessions and streams`,
      value: after.rssMb,
      unit: "MB",
      target: { bound: "<=", value: Math.round(before.rssMb * 1.15) },
      baseline: `${before.rssMb.toFixed(0)} MB before, ${withThem.toFixed(0)} MB with them`,
    },
    {
      name: "heap kept per abandoned session",
      value: Math.max(0, after.heapKb - before.heapKb) / ABANDONED,
      unit: "KB",
      target: { bound: "<=", value: 2 },
      baseline: `resident: ${residentKb.toFixed(2)} KB`,
    },
  ];
}

async function listening(): Promise<Figure[]> {
  const bare = await withStreams(["echo_sse.ts"]);
  const ours = await withStreams();
  const sessions = await withSessions();
  return [
    {
      name: `RSS with ${LISTENING} open SSE streams`,
      value: ours.open,
      unit: "MB",
      target: { bound: "<=", value: 150 },
      baseline: `idle: ${ours.idle.toFixed(0)} MB; bare Deno.serve: ` +
        `${bare.idle.toFixed(0)} and ${bare.open.toFixed(0)} MB`,
    },
    {
      name: "RSS per open SSE stream",
      value: perStream(ours),
      unit: "KB",
      target: { bound: "<=", value: Math.round(perStream(bare) * 1.15) },
      baseline: `bare Deno.serve: ${perStream(bare).toFixed(0)} KB`,
    },
    {
      name: `RSS with ${LISTENING} open SSE streams, all initialized`,
      value: ours.initialized,
      unit: "MB",
    },
    { name: `RSS with ${LISTENING} sessions with a stream at /mcp`, value: sessions, unit: "MB" },
  ];
}

interface StreamsRss {
  idle: number;
  open: number;
  initialized: number;
}

/** @param script script of a baseline, which does not support POST; by default the server */
async function withStreams([script]: string[] = []): Promise<StreamsRss> {
  const args = script === undefined ? serverArgs(PORT) : [...scriptArgs(script), String(PORT)];
  await using server = await startOn(PORT, args);
  const idle = await settledRssMb(server.pid);
  const streams: OpenStream[] = [];
  await times(LISTENING, async () => void streams.push(await openStream(server.origin)));
  const open = await settledRssMb(server.pid);
  if (script === undefined) await initializeAll(server, streams);
  const initialized = await settledRssMb(server.pid);
  await Promise.all(streams.map(({ reader }) => reader.cancel()));
  return { idle, open, initialized };
}

async function initializeAll({ origin }: Listener, streams: OpenStream[]): Promise<void> {
  const waiting = streams.values();
  await times(streams.length, async () => {
    const { value } = waiting.next();
    if (value !== undefined) await initialize(origin, value);
  });
}

async function withSessions(): Promise<number> {
  await using server = await startOn(PORT, serverArgs(PORT));
  const stop = new AbortController();
  await times(LISTENING, () => listen(server.origin, stop.signal));
  const open = await settledRssMb(server.pid);
  stop.abort();
  return open;
}

function perStream({ idle, open }: StreamsRss): number {
  return (open - idle) * 1024 / LISTENING;
}
