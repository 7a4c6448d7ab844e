/** What 10,000 clients leave behind that went without a word, and what 2,000 cost that listen. */

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
/** After so many a server has in place what it needs for any number. */
const FIRST = 1000;
const LISTENING = 2000;
const IDLE_S = 10;
const PORT = 8093;

export async function benchSessions(): Promise<Figure[]> {
  return [...await abandoned(), ...await listening()];
}

async function abandoned(): Promise<Figure[]> {
  await using server = await startOn(PORT, serverArgs(PORT, { collecting: true, idleS: IDLE_S }));
  await times(FIRST, () => abandon(server));
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
      name: "kept of an abandoned session, in the heap",
      value: Math.max(0, after.heapKb - before.heapKb) / ABANDONED,
      unit: "KB",
      target: { bound: "<=", value: 2 },
      baseline: `resident ${residentKb.toFixed(2)} KB`,
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
      baseline: `${ours.idle.toFixed(0)} MB without; a bare Deno.serve ` +
        `${bare.idle.toFixed(0)} and ${bare.open.toFixed(0)} MB`,
    },
    {
      name: "RSS of one open SSE stream",
      value: perStream(ours),
      unit: "KB",
      target: { bound: "<=", value: Math.round(perStream(bare) * 1.15) },
      baseline: `a bare Deno.serve ${perStream(bare).toFixed(0)} KB`,
    },
    {
      name: `RSS with ${LISTENING} open SSE streams, all initialized`,
      value: ours.initialized,
      unit: "MB",
    },
    { name: `RSS with ${LISTENING} sessions that listen at /mcp`, value: sessions, unit: "MB" },
  ];
}

interface StreamsRss {
  idle: number;
  open: number;
  initialized: number;
}

/** @param script of a baseline, which takes the port and answers no POST; else the server */
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
