/** The streams of HTTP+SSE clients: each is opened by a GET, spoken to by POSTs, and gone when its client goes. */

import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import type { Served } from "../mcp/mod.ts";
import type { Credential } from "../openai/mod.ts";
import { readJson } from "./json_body.ts";
import { rpcError } from "./rpc_error.ts";
import { SseTransport } from "./sse_transport.ts";

export interface SseOptions {
  maxBodyBytes: number;
  /** How often a comment goes over each stream. */
  keepAliveMs: number;
}

interface Stream {
  transport: SseTransport;
  tenant: string;
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
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  constructor(served: Served, options: SseOptions) {
    this.#served = served;
    this.#options = options;
  }

  /** How many are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** Answers a GET with a stream that says where to POST. */
  async open(credential: Credential, messagesPath: string): Promise<Response> {
    const id = crypto.randomUUID();
    const transport = new SseTransport(`${messagesPath}?sessionId=${id}`);
    transport.onclose = () => {
      this.#streams.delete(id);
      if (this.#streams.size === 0) this.#stopKeepAlive();
    };
    this.#streams.set(id, { transport, tenant: credential.tenant });
    this.#keepAlive ??= setInterval(() => {
      for (const stream of this.#streams.values()) stream.transport.keepAlive();
    }, this.#options.keepAliveMs);
    await this.#served.createServer(credential).connect(transport);
    return new Response(transport.body, { headers: STREAM_HEADERS });
  }

  /** Takes a POST; its answer goes over the stream that it names. */
  async receive(request: Request, { tenant }: Credential): Promise<Response> {
    const id = new URL(request.url).searchParams.get("sessionId") ?? "";
    const read = await readJson(request, this.#options.maxBodyBytes);
    if (read instanceof Response) return read;
    // After the body: the stream may have ended while it came.
    const stream = this.#streams.get(id);
    if (stream?.tenant !== tenant) {
      return rpcError(404, -32001, "Session not found. GET /sse to open another.");
    }
    let message;
    try {
      message = parseJSONRPCMessage(read.body);
    } catch {
      return rpcError(400, -32600, "Invalid request: not a JSON-RPC 2.0 message.");
    }
    stream.transport.onmessage?.(message);
    return new Response("Accepted", { status: 202 });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(({ transport }) => transport.close()));
  }

  #stopKeepAlive(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}
