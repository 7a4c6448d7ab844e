/** The streams of HTTP+SSE clients: each is opened by a GET, spoken to by POSTs, and gone when its client goes. */

import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import type { Served } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { metrics } from "../../telemetry/mod.ts";
import type { BodyLimits } from "../body.ts";
import type { EventBodies, EventBody } from "../event_response.ts";
import { readJson } from "../json_body.ts";
import type { AdmissionWatch } from "../admission_watch.ts";
import { rpcError } from "../rpc_error.ts";
import { SseTransport } from "./transport.ts";

export interface SseOptions {
  bodies: EventBodies;
  rechecks: AdmissionWatch;
  /** Of a POST. */
  limits: BodyLimits;
}

interface Stream {
  body: EventBody;
  credential: Credential;
  /** There from the first message on: a client that only listens needs no server. */
  transport?: Promise<SseTransport>;
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

export class SseStreams {
  readonly #served: Served;
  readonly #options: SseOptions;
  readonly #streams = new Map<string, Stream>();

  constructor(served: Served, options: SseOptions) {
    this.#served = served;
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** Answers a GET with a stream that says where to POST. */
  open(credential: Credential, messagesPath: string): Response {
    const id = crypto.randomUUID();
    const body = this.#options.bodies.open(() => {
      stop();
      this.#forget(id);
    });
    const stop = this.#options.rechecks.watch(credential, () => body.close());
    this.#streams.set(id, { body, credential });
    metrics.sessions.add(1);
    body.write(`event: endpoint\ndata: ${messagesPath}?sessionId=${id}\n\n`);
    return new Response(body.stream, { headers: STREAM_HEADERS });
  }

  /** Takes a POST; its answer goes over the stream that it names. */
  async receive(request: Request, { tenant }: Credential): Promise<Response> {
    const id = new URL(request.url).searchParams.get("sessionId") ?? "";
    const read = await readJson(request, this.#options.limits);
    if (read instanceof Response) return read;
    // After the body: the stream may have ended while it came.
    const stream = this.#streams.get(id);
    if (stream?.credential.tenant !== tenant) {
      return rpcError(404, -32001, "Session not found. GET /sse to open another.");
    }
    let message;
    try {
      message = parseJSONRPCMessage(read.body);
    } catch {
      return rpcError(400, -32600, "Invalid request: not a JSON-RPC 2.0 message.");
    }
    const transport = await (stream.transport ??= this.#connect(stream));
    transport.onmessage?.(message);
    return new Response("Accepted", { status: 202 });
  }

  close(): void {
    for (const { body } of this.#streams.values()) body.close();
  }

  async #connect({ body, credential }: Stream): Promise<SseTransport> {
    const transport = new SseTransport(body);
    await this.#served.createServer(credential).connect(transport);
    return transport;
  }

  #forget(id: string): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    metrics.sessions.add(-1);
    stream?.transport?.then(({ onclose }) => onclose?.(), () => {});
  }
}
