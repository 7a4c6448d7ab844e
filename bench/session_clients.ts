/** A server with sessions and streams, and its clients. */

import { offlineEnv, rssMb, SERVER_ARGS } from "./_server.ts";

const CONCURRENCY = 50;

/** A listening child process. */
export interface Listener extends AsyncDisposable {
  origin: string;
  pid: number;
  /** The lines of its standard output. */
  lines: AsyncIterator<string>;
}

/** Starts a process that listens on a port, and waits until it accepts connections. */
export async function startOn(port: number, args: string[]): Promise<Listener> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    env: await offlineEnv(),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const origin = `http://127.0.0.1:${port}`;
  for (let tries = 0;; tries++) {
    try {
      await (await fetch(origin)).body?.cancel();
      break;
    } catch (error) {
      if (tries === 200) throw error;
      await pause(25);
    }
  }
  return {
    origin,
    pid: child.pid,
    lines: child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator](),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Returns the arguments of Deno for the server; a collecting one supports {@linkcode collected}. */
export function serverArgs(
  port: number,
  { collecting = false, idleS = 1800 }: { collecting?: boolean; idleS?: number } = {},
): string[] {
  const main = SERVER_ARGS.slice(0, -1);
  const script = collecting
    ? ["--v8-flags=--expose-gc", new URL("collecting_server.ts", import.meta.url).pathname]
    : SERVER_ARGS.slice(-1);
  const flags = ["--http", `--port=${port}`, `--session-idle-s=${idleS}`];
  // The limits are enforced but never reached.
  const limits = ["--max-sessions=1000000", "--rate-limit-per-min=1000000000"];
  return [...main, ...script, ...flags, ...limits];
}

/** Collects the garbage of a collecting server, and returns its heap and resident memory. */
export async function collected(
  { pid, lines }: Listener,
): Promise<{ heapKb: number; rssMb: number }> {
  Deno.kill(pid, "SIGUSR1");
  const { value } = await lines.next();
  // The allocator returns pages to the system with a delay.
  await pause(1000);
  return { heapKb: Number(value) / 1024, rssMb: await rssMb(pid) };
}

/** Resolves when the server has no sessions and no streams. */
export async function allGone({ origin }: Listener): Promise<void> {
  while (!/^assistants_mcp_sessions_open 0$/m.test(await text(fetch(`${origin}/metrics`)))) {
    await pause(200);
  }
}

/** Opens a session that is never closed, and a stream that the client closes immediately. */
export async function abandon({ origin }: Listener): Promise<void> {
  await openSession(origin);
  await (await fetch(`${origin}/sse`)).body?.cancel();
}

/** Opens a session and returns its ID. */
export async function openSession(origin: string): Promise<string> {
  const response = await post(`${origin}/mcp`, INITIALIZE);
  await response.text();
  return response.headers.get("mcp-session-id") ?? "";
}

/** An open stream with its first bytes. */
export interface OpenStream {
  first: string;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/** Opens the HTTP+SSE stream of a client. */
export async function openStream(origin: string): Promise<OpenStream> {
  const { body } = await fetch(`${origin}/sse`);
  if (body === null) throw new Error("A stream had no body.");
  const reader = body.getReader();
  return { first: new TextDecoder().decode((await reader.read()).value), reader };
}

/** Initializes the session of a stream. */
export async function initialize(origin: string, { first, reader }: OpenStream): Promise<void> {
  const path = /^data: (\S+)$/m.exec(first)?.[1];
  await text(post(`${origin}${path}`, INITIALIZE));
  await reader.read();
}

/** Opens a session and its stream for messages of the server. */
export async function listen(origin: string, signal: AbortSignal): Promise<void> {
  const session = await openSession(origin);
  const { status } = await fetch(`${origin}/mcp`, {
    headers: { accept: "text/event-stream", "mcp-session-id": session },
    signal,
  });
  if (status !== 200) throw new Error(`The stream of a session was refused with status ${status}.`);
}

/** Repeats the work, with limited concurrency. */
export async function times(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (left-- > 0) await work();
  }));
}

/** Returns the resident memory after a pause. */
export async function settledRssMb(pid: number): Promise<number> {
  await pause(3000);
  return await rssMb(pid);
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  },
};

function post(url: string, message: object): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify(message),
  });
}

async function text(response: Promise<Response>): Promise<string> {
  return await (await response).text();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
