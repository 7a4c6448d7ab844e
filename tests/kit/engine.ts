/** An engine for a test: a database file of its own, the scripted upstream, and SDK clients. */

import OpenAI from "openai";
import {
  type Caller,
  type Clock,
  createEngine,
  type Engine,
  type RunLimits,
} from "../../src/engine/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import {
  neverAnswer,
  type ResponsesServer,
  type ResponsesServerOptions,
  startResponsesServer,
} from "../fakes/responses_server.ts";

export type Json = Record<string, unknown>;

export interface Setup extends AsyncDisposable {
  engine: Engine;
  store: Store;
  /** `sqlite:` and the path. */
  databaseUrl: string;
  upstream: ResponsesServer;
  /** The SDK on the engine, as the tenant "default". */
  client: OpenAI;
  caller: Caller;
  callerOf(tenant: string): Caller;
}

export interface SetupOptions extends ResponsesServerOptions {
  clock?: Clock;
  limits?: RunLimits;
  /** The hosted tools that the upstream is said to have; none unless told. */
  toolsSaid?: Caller["hostedTools"];
}

export async function setUp(
  { clock, limits, toolsSaid = [], ...options }: SetupOptions = {},
): Promise<Setup> {
  const folder = await Deno.makeTempDir();
  const databaseUrl = `sqlite:${folder}/assistants.db`;
  const store = openStore(databaseUrl);
  const engine = createEngine({ store, clock, limits });
  const upstream = startResponsesServer(options);
  const openai = upstreamClient(upstream.url);
  const callerOf = (tenant: string) => ({ ...callerTo(openai, tenant), hostedTools: toolsSaid });
  const caller = callerOf("default");
  return {
    engine,
    store,
    databaseUrl,
    upstream,
    client: clientOf(engine, caller),
    caller,
    callerOf,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await store.close();
      await upstream.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Another process on the same database: it knows nothing of the runs of the first. */
export function otherProcess(
  { databaseUrl, caller }: Pick<Setup, "databaseUrl" | "caller">,
  { clock, limits }: { clock?: Clock; limits?: RunLimits } = {},
) {
  const store = openStore(databaseUrl);
  const engine = createEngine({ store, clock, limits });
  return {
    engine,
    store,
    caller,
    client: clientOf(engine, caller),
    async [Symbol.asyncDispose]() {
      await engine.close();
      await store.close();
    },
  };
}

/** A caller whose model answers through this client. */
export function callerTo(upstream: OpenAI, tenant = "default"): Caller {
  return {
    tenant,
    upstreamId: "upstream",
    upstream: () => Promise.resolve(upstream),
    hostedTools: [],
  };
}

export function upstreamClient(baseURL: string): OpenAI {
  return new OpenAI({ apiKey: "sk-upstream-secret-0123456789", baseURL, maxRetries: 0 });
}

/** The official SDK with an engine for its server. */
export function clientOf(engine: Engine, caller: Caller): OpenAI {
  return new OpenAI({
    apiKey: "x",
    baseURL: "http://engine/v1",
    maxRetries: 0,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const { pathname } = new URL(request.url);
      if (!pathname.startsWith("/v1/files")) return await engine.fetch(request, caller);
      const { baseURL } = await caller.upstream();
      return await engine.fetchFile(request, caller) ??
        await fetch(baseURL + pathname.slice("/v1".length), init);
    },
  });
}

/** One plain request; `body` goes out as JSON, a string as it is. */
export async function send(
  { engine, caller }: Pick<Setup, "engine" | "caller">,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; headers: Headers; body: Json }> {
  const request = new Request(`http://engine/v1${path}`, {
    method,
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const response = await engine.fetch(request, caller);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export interface Frame {
  event: string;
  // deno-lint-ignore no-explicit-any -- as JSON.parse gives it
  data: any;
}

/** The server-sent events of an answer, as they come. */
export async function* frames(response: Response): AsyncGenerator<Frame> {
  if (response.body === null) return;
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(part);
      if (match === null) continue;
      const [, event = "", data = ""] = match;
      yield { event, data: data === "[DONE]" ? data : JSON.parse(data) };
    }
  }
}

/** Sends a request whose answer is a stream. */
export async function stream(
  { engine, caller }: Pick<Setup, "engine" | "caller">,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<AsyncGenerator<Frame>> {
  const response = await engine.fetch(
    new Request(`http://engine/v1${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    }),
    caller,
  );
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    throw new Error(`No stream, but ${await response.text()}`);
  }
  return frames(response);
}

/** Begins a run, whose answer is its events. */
export async function streamRun(
  setup: Pick<Setup, "engine" | "caller">,
  { thread_id, ...body }: { thread_id: string; assistant_id: string; tools?: unknown[] },
): Promise<AsyncGenerator<Frame>> {
  return await stream(setup, "POST", `/threads/${thread_id}/runs`, { ...body, stream: true });
}

/** Begins a run that the upstream has been asked for, and never answers. */
export async function unanswered(setup: Setup) {
  const { client, upstream } = setup;
  upstream.enqueue(neverAnswer());
  const { assistant_id, thread_id } = await prepare(setup);
  const run = await client.beta.threads.runs.create(thread_id, { assistant_id });
  await upstream.received(1);
  return { run, thread_id };
}

/** Reads a stream to its end. */
export async function readAll(events: AsyncIterable<Frame>): Promise<Frame[]> {
  return await Array.fromAsync(events);
}

/** Reads a stream up to and with the first event of this name; the stream can be read on. */
export async function readTo(events: AsyncGenerator<Frame>, name: string): Promise<Frame[]> {
  const read: Frame[] = [];
  for (let next = await events.next(); !next.done; next = await events.next()) {
    read.push(next.value);
    if (next.value.event === name) return read;
  }
  throw new Error(`The stream ended without ${name}: ${read.map(({ event }) => event).join(", ")}`);
}

/** The names of events. */
export function eventNames(frames: readonly Frame[]): string[] {
  return frames.map(({ event }) => event);
}

/** Puts a file at the upstream; its id. */
export function upstreamFile({ upstream }: Setup, filename: string, content: string): string {
  return upstream.hosted.files.add(filename, content).object.id;
}

/** Makes an assistant and a thread with one user message. */
export async function prepare({ client }: Pick<Setup, "client">, text = "Hello?") {
  const assistant = await client.beta.assistants.create({ model: "gpt-test" });
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: text }] });
  return { assistant_id: assistant.id, thread_id: thread.id };
}

/** Follows a run to where it settles, and returns it as it then is. */
export async function settled(
  setup: Pick<Setup, "engine" | "caller" | "client">,
  { thread_id, id }: { thread_id: string; id: string },
): Promise<OpenAI.Beta.Threads.Run> {
  await readAll(await stream(setup, "GET", `/threads/${thread_id}/runs/${id}?stream=true`));
  return await setup.client.beta.threads.runs.retrieve(id, { thread_id });
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = Date.now();
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number, { timers = true } = {}): void {
    this.#now += ms;
    if (!timers) return;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at > this.#now || !this.#timers.delete(timer)) continue;
      timer.callback();
    }
  }
}

/** What a request of the SDK is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<{ status: number } & Json> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OpenAI.APIError && error.status !== undefined) {
      const { message, type, param, code } = error.error as Json;
      return { status: error.status, message, type, param, code };
    }
    throw error;
  }
  throw new Error("The request was not refused.");
}

/** A function tool. */
export const weather = {
  type: "function",
  function: {
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
} satisfies OpenAI.Beta.AssistantTool;

/** The texts of a message, one after the other. */
export function textOf(message: OpenAI.Beta.Threads.Message | undefined): string {
  return (message?.content ?? []).map((part) => part.type === "text" ? part.text.value : "")
    .join("");
}
