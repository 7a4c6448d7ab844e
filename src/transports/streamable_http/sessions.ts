/** The sessions of 2025 clients: opened by `initialize`, ended by DELETE, by idleness or by the end of the server. */

import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import type { Served } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { type EventStreams, isEventStream } from "../../shared/event_streams.ts";
import { metrics } from "../../telemetry/mod.ts";
import { EventLog } from "./event_log.ts";
import type { AdmissionWatch } from "../admission_watch.ts";
import { noRoom, rpcError } from "../rpc_error.ts";

export interface SessionOptions {
  streams: EventStreams;
  rechecks: AdmissionWatch;
  /** Whether there is no room for one more. */
  isFull(): boolean;
  idleMs: number;
  maxBodyBytes: number;
}

/** What is kept for clients that come back. */
const EVENT_LIMITS = { perSession: 1024 * 1024, overall: 64 * 1024 * 1024 };

/** How long a client that lost its stream is asked to wait before it comes back. */
const RETRY_MS = 1000;

interface Session {
  transport: WebStandardStreamableHTTPServerTransport;
  tenant: string;
  /** Answers that are still being streamed; while there is one, the session is not idle. */
  streams: number;
  seenAt: number;
}

export class Sessions {
  readonly #served: Served;
  readonly #options: SessionOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #log = new EventLog(EVENT_LIMITS);
  /** How many have been asked for that are not open yet. */
  #opening = 0;
  #sweep: ReturnType<typeof setTimeout> | undefined;

  constructor(served: Served, options: SessionOptions) {
    this.#served = served;
    this.#options = options;
  }

  /** How many are open, or are being opened. */
  get size(): number {
    return this.#sessions.size + this.#opening;
  }

  /** Whether the request names a session that is the credential's, which is then not idle. */
  touch(request: Request, { tenant }: Credential): boolean {
    return this.#find(request, tenant) !== undefined;
  }

  /** Answers an `initialize`. */
  async open(request: Request, body: unknown, credential: Credential): Promise<Response> {
    if (this.#options.isFull()) return noRoom();
    this.#opening += 1;
    try {
      return await this.#open(request, body, credential);
    } finally {
      this.#opening -= 1;
    }
  }

  async #open(request: Request, body: unknown, credential: Credential): Promise<Response> {
    const events = this.#log.session();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      maxRequestBodySize: this.#options.maxBodyBytes,
      eventStore: events,
      retryInterval: RETRY_MS,
      // `EventStreams` keeps all streams alive with one timer.
      keepAliveMs: 0,
      onsessioninitialized: (id) => {
        this.#sessions.set(id, {
          transport,
          tenant: credential.tenant,
          streams: 0,
          seenAt: performance.now(),
        });
        metrics.sessions.add(1);
        this.#armSweep();
      },
    });
    transport.onclose = () => {
      events.clear();
      if (this.#sessions.delete(transport.sessionId ?? "")) metrics.sessions.add(-1);
    };
    await this.#served.createServer(credential).connect(transport);
    const response = await transport.handleRequest(acceptingBoth(request), { parsedBody: body });
    if (transport.sessionId === undefined) await transport.close();
    return response;
  }

  /** Answers any other request that names a session. */
  async handle(request: Request, body: unknown, credential: Credential): Promise<Response> {
    const session = this.#find(request, credential.tenant);
    if (session === undefined) {
      return rpcError(404, -32001, "Session not found. Send initialize to open another.");
    }
    const response = await session.transport.handleRequest(acceptingBoth(request), {
      ...(body !== undefined && { parsedBody: body }),
    });
    if (!isEventStream(response)) return response;
    session.streams += 1;
    const stop = this.#options.rechecks.watch(credential, () => void session.transport.close());
    const stream = this.#options.streams.forward(response.body, () => {
      stop();
      session.streams -= 1;
      session.seenAt = performance.now();
    });
    return new Response(stream.body, response);
  }

  async close(): Promise<void> {
    clearTimeout(this.#sweep);
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  #find(request: Request, tenant: string): Session | undefined {
    const session = this.#sessions.get(request.headers.get("mcp-session-id") ?? "");
    if (session?.tenant !== tenant) return undefined;
    session.seenAt = performance.now();
    return session;
  }

  #armSweep(): void {
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined;
      this.#closeIdle();
      if (this.#sessions.size > 0) this.#armSweep();
    }, Math.min(this.#options.idleMs, 60_000));
  }

  #closeIdle(): void {
    const before = performance.now() - this.#options.idleMs;
    for (const { transport, streams, seenAt } of this.#sessions.values()) {
      if (streams === 0 && seenAt <= before) void transport.close();
    }
  }
}

/** A client that accepts anything accepts both of the types that the protocol asks it to name. */
function acceptingBoth(request: Request): Request {
  const accept = request.headers.get("accept");
  if (accept !== null && !accept.includes("*/*")) return request;
  const headers = new Headers(request.headers);
  headers.set("accept", "application/json, text/event-stream");
  return new Request(request.url, { method: request.method, headers, signal: request.signal });
}
