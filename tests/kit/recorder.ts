/** An upstream on a real socket that notes what comes and answers as a test tells it to. */

import OpenAI from "openai";
import { Jobs } from "../../src/jobs/mod.ts";
import { toApiError } from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import type { ProgressUpdate, ToolContext } from "../../src/tools/define_tool.ts";

export interface Recorded {
  method: string;
  path: string;
  query: [string, string][];
  headers: Headers;
  body: unknown;
}

export interface Recorder extends AsyncDisposable {
  requests: Recorded[];
  openai: OpenAI;
}

/** Starts one on a free port; `answer` may look at the request. */
export function record(
  answer: (request: Recorded) => Response | Promise<Response>,
): Recorder {
  const requests: Recorded[] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    onError: () => new Response(null),
  }, async (request) => {
    const url = new URL(request.url);
    const text = await request.text();
    const recorded = {
      method: request.method,
      path: url.pathname,
      query: [...url.searchParams],
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    requests.push(recorded);
    return await answer(recorded);
  });
  const openai = new OpenAI({
    apiKey: "test",
    baseURL: `http://127.0.0.1:${server.addr.port}`,
    maxRetries: 0,
  });
  return { requests, openai, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Jobs of one process, for the tests of this one. */
const jobs = new Jobs({ store: openStore("sqlite::memory:"), explain: toApiError });

/** What a call gets, with what a test wants otherwise. */
export function contextOf(openai: OpenAI, changes: Partial<ToolContext> = {}): ToolContext {
  return {
    openai,
    signal: new AbortController().signal,
    progress() {},
    jobs: jobs.of("default"),
    saveFile: () => Promise.reject(new Error("unused")),
    defaultModel: "gpt-default",
    defaultImageModel: "gpt-image-default",
    folders: { readable: undefined, images: undefined },
    waitS: 30,
    ...changes,
  };
}

/** A step as a person would read it: a status on a line of its own. */
export function toldBy(step: ProgressUpdate): string {
  return "text" in step ? step.text : `${step.status}\n`;
}

/** Server-sent events, each as its name and its data. */
export function sse(...events: (readonly [string, unknown])[]): Response {
  return new Response(
    events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(""),
    { headers: { "content-type": "text/event-stream" } },
  );
}

/** A stream of events that the test feeds. */
export interface LiveEvents {
  response: Response;
  send(event: string, data: unknown): void;
  close(): void;
  /** Ends the stream in the middle of an event. */
  cut(): void;
  /** Resolves when the client has gone. */
  gone: Promise<void>;
}

export function liveEvents(): LiveEvents {
  const gone = Promise.withResolvers<void>();
  const { promise: started, resolve: start } = Promise.withResolvers<
    ReadableStreamDefaultController<Uint8Array>
  >();
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => start(controller),
    cancel: () => gone.resolve(),
  });
  const encoder = new TextEncoder();
  return {
    response: new Response(stream, { headers: { "content-type": "text/event-stream" } }),
    send: (event, data) =>
      void started.then((controller) =>
        controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
      ),
    close: () => void started.then((controller) => controller.close()),
    cut: () => void started.then((controller) => controller.error(new Error("Cut"))),
    gone: gone.promise,
  };
}
