/** Sessions of clients that speak MCP 2025-11-25 or older. They end by DELETE, when idle, or with the server. */

import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import type { ServerFactory } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { type EventStreams, isEventStream } from "../../shared/event_streams.ts";
import { metrics } from "../../telemetry/mod.ts";
import { EventLog } from "./event_log.ts";
import type { AdmissionWatch } from "../admission_watch.ts";
import { rpcError, tooManySessions } from "../rpc_error.ts";

/** The limits of sessions, and what they share with the other transports. */
export interface SessionOptions {
  streams: EventStreams;
  admissionWatch: AdmissionWatch;
  /** Tells whether the maximum number of sessions is reached. */
  isFull(): boolean;
  /** Milliseconds without a request or stream after which a session ends. */
  idleMs: number;
  maxBodyBytes: number;
}

/** Limits of the events stored for clients that reconnect. */
const EVENT_LIMITS = { sessionBytes: 1024 * 1024, totalBytes: 64 * 1024 * 1024 };

/** How long a client that lost its stream should wait before it reconnects. */
const RETRY_MS = 1000;

interface Session {
  transport: WebStandardStreamableHTTPServerTransport;
  tenant: string;
  /** A session with open streams is not idle. */
  openStreams: number;
  /** The time of the last request or end of a stream, from `performance.now()`. */
  lastSeenMs: number;
}

/** The open sessions. */
export class Sessions {
  readonly #served: ServerFactory;
  readonly #options: SessionOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #log = new EventLog(EVENT_LIMITS);
  /** The number of sessions being opened. */
  #opening = 0;
  #sweep: ReturnType<typeof setTimeout> | undefined;

  constructor(served: ServerFactory, options: SessionOptions) {
    this.#served = served;
    this.#options = options;
  }

  /** The number of sessions that are open or being opened. */
  get size(): number {
    return this.#sessions.size + this.#opening;
  }

  /** Tells whether the request names a session of this credential, and counts as activity of it. */
  touch(request: Request, { tenant }: Credential): boolean {
    return this.#find(request, tenant) !== undefined;
  }

  /** Opens a session, in response to `initialize`. */
  async open(request: Request, body: unknown, credential: Credential): Promise<Response> {
    if (this.#options.isFull()) return tooManySessions();
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
          openStreams: 0,
          lastSeenMs: performance.now(),
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

  /** Handles any other request that names a session. */
  async handle(request: Request, body: unknown, credential: Credential): Promise<Response> {
    const session = this.#find(request, credential.tenant);
    if (session === undefined) {
      return rpcError(404, -32001, "Session not found. Send initialize to open another.");
    }
    const response = await session.transport.handleRequest(acceptingBoth(request), {
      ...(body !== undefined && { parsedBody: body }),
    });
    if (!isEventStream(response)) return response;
    session.openStreams += 1;
    const stop = this.#options.admissionWatch.watch(
      credential,
      () => void session.transport.close(),
    );
    const stream = this.#options.streams.forward(response.body, () => {
      stop();
      session.openStreams -= 1;
      session.lastSeenMs = performance.now();
    });
    return new Response(stream.body, response);
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    clearTimeout(this.#sweep);
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  #find(request: Request, tenant: string): Session | undefined {
    const session = this.#sessions.get(request.headers.get("mcp-session-id") ?? "");
    if (session?.tenant !== tenant) return undefined;
    session.lastSeenMs = performance.now();
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
    const idleSinceMs = performance.now() - this.#options.idleMs;
    for (const { transport, openStreams, lastSeenMs } of this.#sessions.values()) {
      if (openStreams === 0 && lastSeenMs <= idleSinceMs) void transport.close();
    }
  }
}

/** Names both types that MCP requires, if the client accepts any type or does not say. */
function acceptingBoth(request: Request): Request {
  const accept = request.headers.get("accept");
  if (accept !== null && !accept.includes("*/*")) return request;
  const headers = new Headers(request.headers);
  headers.set("accept", "application/json, text/event-stream");
  return new Request(request.url, { method: request.method, headers, signal: request.signal });
}
