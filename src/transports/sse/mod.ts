/** HTTP+SSE sessions: a GET opens the stream of a session, POSTs send messages to it, closing the stream ends it. */

import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import type { ServerFactory } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import type { EventStream, EventStreams } from "../../shared/event_streams.ts";
import { metrics } from "../../telemetry/mod.ts";
import type { BodyLimits } from "../body.ts";
import { readJson } from "../json_body.ts";
import type { AdmissionWatch } from "../admission_watch.ts";
import { rpcError } from "../rpc_error.ts";
import { SseTransport } from "./transport.ts";

/** What HTTP+SSE sessions share with the other transports. */
export interface SseOptions {
  streams: EventStreams;
  admissionWatch: AdmissionWatch;
  bodyLimits: BodyLimits;
}

interface Session {
  stream: EventStream;
  credential: Credential;
  /** Created with the first message: a client that only listens needs no server. */
  transport?: Promise<SseTransport>;
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

/** The open HTTP+SSE sessions. */
export class SseSessions {
  readonly #served: ServerFactory;
  readonly #options: SseOptions;
  readonly #sessions = new Map<string, Session>();

  constructor(served: ServerFactory, options: SseOptions) {
    this.#served = served;
    this.#options = options;
  }

  /** The number of open sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Opens a session. The first event of its stream names the path for POSTs. */
  open(credential: Credential, messagesPath: string): Response {
    const id = crypto.randomUUID();
    const stream = this.#options.streams.open(() => {
      stop();
      this.#forget(id);
    });
    const stop = this.#options.admissionWatch.watch(credential, () => stream.close());
    this.#sessions.set(id, { stream, credential });
    metrics.sessions.add(1);
    stream.send("endpoint", `${messagesPath}?sessionId=${id}`);
    return new Response(stream.body, { headers: STREAM_HEADERS });
  }

  /** Receives a POST. Its `sessionId` names the session, over whose stream the answer goes. */
  async receive(request: Request, { tenant }: Credential): Promise<Response> {
    const id = new URL(request.url).searchParams.get("sessionId") ?? "";
    const read = await readJson(request, this.#options.bodyLimits);
    if (read instanceof Response) return read;
    // After the body, because the stream can end while the body arrives.
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
