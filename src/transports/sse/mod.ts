/** The streams of HTTP+SSE clients: each is opened by a GET, spoken to by POSTs, and gone when its client goes. */

import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import type { Served } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import type { EventStream, EventStreams } from "../../shared/event_streams.ts";
import { metrics } from "../../telemetry/mod.ts";
import type { BodyLimits } from "../body.ts";
import { readJson } from "../json_body.ts";
import type { AdmissionWatch } from "../admission_watch.ts";
import { rpcError } from "../rpc_error.ts";
import { SseTransport } from "./transport.ts";

export interface SseOptions {
  streams: EventStreams;
  rechecks: AdmissionWatch;
  /** Of a POST. */
  limits: BodyLimits;
}

interface Session {
  stream: EventStream;
  credential: Credential;
  /** There from the first message on: a client that only listens needs no server. */
  transport?: Promise<SseTransport>;
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

export class SseSessions {
  readonly #served: Served;
  readonly #options: SseOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(served: Served, options: SseOptions) {
    this.#served = served;
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Answers a GET with a stream that says where to POST. */
  open(credential: Credential, messagesPath: string): Response {
    const id = crypto.randomUUID();
    const stream = this.#options.streams.open(() => {
      stop();
      this.#forget(id);
    });
    const stop = this.#options.rechecks.watch(credential, () => stream.close());
    this.#sessions.set(id, { stream, credential });
    metrics.sessions.add(1);
    stream.send("endpoint", `${messagesPath}?sessionId=${id}`);
    return new Response(stream.body, { headers: STREAM_HEADERS });
  }

  /** Takes a POST; its answer goes over the stream that it names. */
  async receive(request: Request, { tenant }: Credential): Promise<Response> {
    const id = new URL(request.url).searchParams.get("sessionId") ?? "";
    const read = await readJson(request, this.#options.limits);
    if (read instanceof Response) return read;
    // After the body: the stream may have ended while it came.
    const session = this.#sessions.get(id);
    if (session?.credential.tenant !== tenant) {
      return rpcError(404, -32001, "Session not found. GET /sse to open another.");
    }
    let message;
    try {
      message = parseJSONRPCMessage(read.body);
    } catch {
      return rpcError(400, -32600, "Invalid request: not a JSON-RPC 2.0 message.");
    }
    const transport = await (session.transport ??= this.#connect(session));
    transport.onmessage?.(message);
    return new Response("Accepted", { status: 202 });
  }

  close(): void {
    for (const { stream } of this.#sessions.values()) stream.close();
  }

  async #connect({ stream, credential }: Session): Promise<SseTransport> {
    const transport = new SseTransport(stream);
    await this.#served.createServer(credential).connect(transport);
    return transport;
  }

  #forget(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    metrics.sessions.add(-1);
    session?.transport?.then(({ onclose }) => onclose?.(), () => {});
  }
}
