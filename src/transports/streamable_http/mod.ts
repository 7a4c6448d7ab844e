/**
 * MCP over HTTP. At one address: the stateless protocol of 2026-07-28, sessions of 2025-11-25 and
 * older, and single JSON-RPC requests without either.
 */

import {
  classifyInboundRequest,
  createMcpHandler,
  type McpHttpHandler,
} from "@modelcontextprotocol/server";
import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../../shared/bounded_map.ts";
import { EventStreams, isEventStream, KEEP_ALIVE_MS } from "../../shared/event_streams.ts";
import {
  detectEra,
  type Era,
  isLegacyVersion,
  isRequest,
  type ServerFactory,
} from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { redactedSummary } from "../../telemetry/mod.ts";
import type { BodyLimits } from "../body.ts";
import { readJson } from "../json_body.ts";
import { SharedServer } from "./shared_server.ts";
import { AdmissionWatch, type IsAdmitted } from "../admission_watch.ts";
import { rpcError, tooManySessions } from "../rpc_error.ts";
import { Sessions } from "./sessions.ts";
import { SseSessions } from "../sse/mod.ts";

/** Handles the requests of admitted callers. */
export interface McpHttp {
  /** Handles a request to `/mcp`. */
  fetch(request: Request, credential: Credential): Promise<Response>;
  /** Opens the stream of an HTTP+SSE client, which then sends POSTs to `/messages`. */
  openSse(request: Request, credential: Credential): Response;
  /** Handles a POST to `/messages`. */
  postSse(request: Request, credential: Credential): Promise<Response>;
  /** Ends all streams and sessions. */
  close(): Promise<void>;
}

/** The limits of MCP over HTTP. */
export interface McpHttpOptions {
  /** Maximum number of sessions, those over HTTP+SSE included. */
  maxSessions: number;
  /** Milliseconds without a request or stream after which a session ends. */
  idleMs: number;
  bodyLimits: BodyLimits;
  /**
   * Milliseconds between two comments on a silent stream, and two admission checks of its caller.
   *
   * @default 15 seconds.
   */
  keepAliveMs?: number;
  /**
   * Tells whether a caller with an open stream may keep it.
   *
   * @default Every caller may.
   */
  isAdmitted?: IsAdmitted;
}

/** Beyond this number, the least recently used servers are dropped; their current requests complete. */
const MAX_SHARED_SERVERS = 2000;

const logger = getLogger(["assistants-mcp", "http"]);

/** Serves MCP over Streamable HTTP and HTTP+SSE. */
export function createMcpHttp(served: ServerFactory, options: McpHttpOptions): McpHttp {
  const { maxSessions, idleMs, bodyLimits, keepAliveMs = KEEP_ALIVE_MS } = options;
  const maxBodyBytes = bodyLimits.maxBytes;
  const isFull = () => sessions.size + sse.size >= maxSessions;
  const admissionWatch = new AdmissionWatch(options.isAdmitted, keepAliveMs);
  const streams = new EventStreams({ keepAliveMs });
  const sessions = new Sessions(served, {
    streams,
    admissionWatch,
    isFull,
    idleMs,
    maxBodyBytes,
  });
  const sse = new SseSessions(served, { streams, admissionWatch, bodyLimits });
  const modern = modernHandler(served, maxBodyBytes, "auto");
  const modernStreaming = modernHandler(served, maxBodyBytes, "sse");
  const sharedServers = new BoundedMap<string, SharedServer>(MAX_SHARED_SERVERS);

  function sharedServer(credential: Credential, era: Era): SharedServer {
    const key = `${era} ${credential.tenant}`;
    let server = sharedServers.get(key);
    if (server === undefined) {
      server = new SharedServer(served.createServer(credential), era);
      sharedServers.set(key, server);
    }
    return server;
  }

  async function post(request: Request, credential: Credential): Promise<Response> {
    const read = await readJson(request, bodyLimits);
    if (read instanceof Response) return read;
    const { body } = read;
    const namesSession = request.headers.has("mcp-session-id");
    if (!namesSession || sessions.touch(request, credential)) {
      const response = await handleQuickly(request, body, credential);
      if (response !== undefined) return response;
    }
    if (eraOf(request, body) !== "legacy") {
      const handler = isStreamed(body) ? modernStreaming : modern;
      const authInfo = asAuthInfo(credential);
      return watchStream(await handler.fetch(request, { parsedBody: body, authInfo }), credential);
    }
    if (Array.isArray(body)) {
      return rpcError(400, -32600, "Invalid request: batches are not part of MCP.");
    }
    if (namesSession) return await sessions.handle(request, body, credential);
    if (!isRequest(body)) return acknowledge(body);
    if (body.method === "initialize") return await sessions.open(request, body, credential);
    const version = request.headers.get("mcp-protocol-version");
    if (!isLegacyVersion(version)) {
      return rpcError(400, -32000, `Bad request: unsupported protocol version "${version}".`);
    }
    return await sharedServer(credential, "legacy").handleStreamed(body);
  }

  /** Handles the most frequent requests, which need neither a stream nor a session. */
  async function handleQuickly(
    { headers }: Request,
    body: unknown,
    credential: Credential,
  ): Promise<Response | undefined> {
    const list = served.respondToToolsList(body, headers);
    if (list !== undefined) {
      return new Response(list, { headers: { "content-type": "application/json" } });
    }
    if (!isRequest(body) || body.method !== "tools/call" || isStreamed(body)) return undefined;
    const era = detectEra(body, headers);
    if (era === undefined || body.params?._meta?.progressToken !== undefined) return undefined;
    return await sharedServer(credential, era).handle(body);
  }

  /** Closes a streamed response when its client stops reading or is no longer admitted. */
  function watchStream(response: Response, credential: Credential): Response {
    if (!isEventStream(response)) return response;
    const stream = streams.forward(response.body, () => stop());
    const stop = admissionWatch.watch(credential, () => stream.close());
    return new Response(stream.body, response);
  }

  function isStreamed(body: unknown): boolean {
    return isRequest(body) && body.method === "tools/call" &&
      served.streams(String(body.params?.name));
  }

  return {
    async fetch(request, credential) {
      if (request.method === "POST") return await post(request, credential);
      const isSessionMethod = request.method === "GET" || request.method === "DELETE";
      if (isSessionMethod && request.headers.has("mcp-session-id")) {
        return await sessions.handle(request, undefined, credential);
      }
      return rpcError(
        405,
        -32000,
        `Method not allowed: ${request.method} needs a session; POST a message.`,
        { allow: "POST" },
      );
    },
    openSse(request, credential) {
      if (isFull()) return tooManySessions();
      // `/sse/KEY` posts to `/messages/KEY`.
      const path = new URL(request.url).pathname.replace(/^\/sse/, "/messages");
      return sse.open(credential, path);
    },
    postSse: (request, credential) => sse.receive(request, credential),
    async close() {
      const parts = [sessions, sse, modern, modernStreaming, ...sharedServers.values()];
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/** @param responseMode `sse` starts the response at once, so that a disconnect is noticed */
function modernHandler(
  served: ServerFactory,
  maxBodyBytes: number,
  responseMode: "auto" | "sse",
): McpHttpHandler {
  return createMcpHandler(
    ({ authInfo }) => served.createServer(asCredential(authInfo)),
    {
      legacy: "reject",
      responseMode,
      // `EventStreams` keeps all streams alive with one timer.
      keepAliveMs: 0,
      maxRequestBodySize: maxBodyBytes,
      onerror: (error) => logger.debug("{reason}", { reason: redactedSummary(error) }),
    },
  );
}

type AuthInfo = NonNullable<Parameters<McpHttpHandler["fetch"]>[1]>["authInfo"];

function asAuthInfo(credential: Credential): AuthInfo {
  return { token: "", clientId: credential.tenant, scopes: [], extra: { credential } };
}

function asCredential(authInfo: AuthInfo): Credential {
  return authInfo?.extra?.credential as Credential;
}

function eraOf(request: Request, body: unknown): "legacy" | "modern" | "reject" {
  const protocolVersionHeader = request.headers.get("mcp-protocol-version");
  const mcpMethodHeader = request.headers.get("mcp-method");
  return classifyInboundRequest({
    httpMethod: "POST",
    body,
    ...(protocolVersionHeader !== null && { protocolVersionHeader }),
    ...(mcpMethodHeader !== null && { mcpMethodHeader }),
  }).kind;
}

/** Acknowledges notifications and responses without a session; rejects anything else without an ID. */
function acknowledge(body: unknown): Response {
  const isMessage = typeof body === "object" && body !== null && "jsonrpc" in body &&
    ("method" in body || "result" in body || "error" in body) &&
    !("method" in body && "id" in body);
  if (isMessage) return new Response(null, { status: 202 });
  return rpcError(400, -32600, "Invalid request: not a JSON-RPC 2.0 message.");
}
