/**
 * MCP over Streamable HTTP, both protocol eras at one address: 2026-07-28 without state, 2025 and
 * older in sessions, and single JSON-RPC requests with neither.
 */

import {
  classifyInboundRequest,
  createMcpHandler,
  type McpHttpHandler,
} from "@modelcontextprotocol/server";
import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../../shared/bounded_map.ts";
import { EventStreams, isEventStream, KEEP_ALIVE_MS } from "../../shared/event_streams.ts";
import { type Era, isLegacyVersion, isRequest, plainEra, type Served } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { gist } from "../../telemetry/mod.ts";
import type { BodyLimits } from "../body.ts";
import { readJson } from "../json_body.ts";
import { SharedServer } from "./shared_server.ts";
import { AdmissionWatch, type IsAdmitted } from "../admission_watch.ts";
import { noRoom, rpcError } from "../rpc_error.ts";
import { Sessions } from "./sessions.ts";
import { SseSessions } from "../sse/mod.ts";

export interface McpHttp {
  /** Answers one HTTP request of a caller who has been let in. */
  fetch(request: Request, credential: Credential): Promise<Response>;
  /** Answers a GET by a client of HTTP+SSE with its stream; POSTs go to `/messages`. */
  openSse(request: Request, credential: Credential): Response;
  /** Answers a POST to `/messages`. */
  postSse(request: Request, credential: Credential): Promise<Response>;
  /** Ends all streams and sessions. */
  close(): Promise<void>;
}

export interface McpHttpOptions {
  /** How many sessions and streams there may be together. */
  maxSessions: number;
  /** After how long without a request a session ends. */
  idleMs: number;
  body: BodyLimits;
  /** How often a comment goes over a stream that is silent. */
  keepAliveMs?: number;
  /** Asked as often of those who have a stream open, which is closed where they may not; all may unless told. */
  isAdmitted?: IsAdmitted;
}

/** Lines beyond this number, longest unused first, are forgotten; what is under way on them ends as it would. */
const LINES = 2000;

const logger = getLogger(["assistants-mcp", "http"]);

export function createMcpHttp(served: Served, options: McpHttpOptions): McpHttp {
  const { maxSessions, idleMs, body: limits, keepAliveMs = KEEP_ALIVE_MS } = options;
  const maxBodyBytes = limits.maxBytes;
  const isFull = () => sessions.size + sse.size >= maxSessions;
  const rechecks = new AdmissionWatch(options.isAdmitted, keepAliveMs);
  const streams = new EventStreams({ keepAliveMs });
  const sessions = new Sessions(served, { streams, rechecks, isFull, idleMs, maxBodyBytes });
  const sse = new SseSessions(served, { streams, rechecks, limits });
  const short = modernHandler(served, maxBodyBytes, "auto");
  const long = modernHandler(served, maxBodyBytes, "sse");
  const lines = new BoundedMap<string, SharedServer>(LINES);

  function lineOf(credential: Credential, era: Era): SharedServer {
    const key = `${era} ${credential.tenant}`;
    let line = lines.get(key);
    if (line === undefined) {
      line = new SharedServer(served.createServer(credential), era);
      lines.set(key, line);
    }
    return line;
  }

  async function post(request: Request, credential: Credential): Promise<Response> {
    const read = await readJson(request, limits);
    if (read instanceof Response) return read;
    const { body } = read;
    const sessionNamed = request.headers.has("mcp-session-id");
    if (!sessionNamed || sessions.touch(request, credential)) {
      const quick = await answerQuickly(request, body, credential);
      if (quick !== undefined) return quick;
    }
    if (eraOf(request, body) !== "legacy") {
      const handler = isStreamed(body) ? long : short;
      const authInfo = asAuthInfo(credential);
      return watched(await handler.fetch(request, { parsedBody: body, authInfo }), credential);
    }
    if (Array.isArray(body)) {
      return rpcError(400, -32600, "Invalid request: batches are not part of MCP.");
    }
    if (sessionNamed) return await sessions.handle(request, body, credential);
    if (!isRequest(body)) return withoutId(body);
    if (body.method === "initialize") return await sessions.open(request, body, credential);
    const version = request.headers.get("mcp-protocol-version");
    if (!isLegacyVersion(version)) {
      return rpcError(400, -32000, `Bad request: unsupported protocol version "${version}".`);
    }
    return await lineOf(credential, "legacy").askEarly(body);
  }

  /** What is most of the traffic, and needs neither a stream nor a session. */
  async function answerQuickly(
    { headers }: Request,
    body: unknown,
    credential: Credential,
  ): Promise<Response | undefined> {
    const list = served.answerList(body, headers);
    if (list !== undefined) {
      return new Response(list, { headers: { "content-type": "application/json" } });
    }
    if (!isRequest(body) || body.method !== "tools/call" || isStreamed(body)) return undefined;
    const era = plainEra(body, headers);
    if (era === undefined || body.params?._meta?.progressToken !== undefined) return undefined;
    return await lineOf(credential, era).ask(body);
  }

  /** An answer that is a stream, for as long as its client reads it and may. */
  function watched(response: Response, credential: Credential): Response {
    if (!isEventStream(response)) return response;
    const stream = streams.forward(response.body, () => stop());
    const stop = rechecks.watch(credential, () => stream.close());
    return new Response(stream.body, response);
  }

  function isStreamed(body: unknown): boolean {
    return isRequest(body) && body.method === "tools/call" &&
      served.streams(String(body.params?.name));
  }

  return {
    async fetch(request, credential) {
      if (request.method === "POST") return await post(request, credential);
      const known = request.method === "GET" || request.method === "DELETE";
      if (known && request.headers.has("mcp-session-id")) {
        return await sessions.handle(request, undefined, credential);
      }
      return rpcError(
        405,
        -32000,
        `Method not allowed: ${request.method} needs a session; POST a message.`,
        {
          allow: "POST",
        },
      );
    },
    openSse(request, credential) {
      if (isFull()) return noRoom();
      // A key that stands in the one path stands in the other.
      const path = new URL(request.url).pathname.replace(/^\/sse/, "/messages");
      return sse.open(credential, path);
    },
    postSse: (request, credential) => sse.receive(request, credential),
    async close() {
      const all = [sessions, sse, short, long, ...lines.values()];
      await Promise.all(all.map((each) => each.close()));
    },
  };
}

/** `sse` opens the answer's stream at once, so that a client that goes is noticed. */
function modernHandler(
  served: Served,
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
      onerror: (error) => logger.debug("{gist}", { gist: gist(error) }),
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

/** Notifications and responses with no session concern nobody; all else without an id is no message. */
function withoutId(body: unknown): Response {
  const isMessage = typeof body === "object" && body !== null && "jsonrpc" in body &&
    ("method" in body || "result" in body || "error" in body) &&
    !("method" in body && "id" in body);
  if (isMessage) return new Response(null, { status: 202 });
  return rpcError(400, -32600, "Invalid request: not a JSON-RPC 2.0 message.");
}
