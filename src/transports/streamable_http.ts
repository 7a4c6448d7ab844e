/**
 * MCP over Streamable HTTP, both protocol eras at one address: 2026-07-28 without state, 2025 and
 * older in sessions, and single JSON-RPC requests with neither.
 */

import {
  classifyInboundRequest,
  createMcpHandler,
  isJsonContentType,
  type McpHttpHandler,
  readRequestBody,
} from "@modelcontextprotocol/server";
import { getLogger } from "@logtape/logtape";
import {
  createAnswerList,
  createServer,
  type Era,
  isRequest,
  plainEra,
  type Service,
} from "../mcp/mod.ts";
import type { Credential } from "../openai/mod.ts";
import { Line } from "./line.ts";
import { rpcError } from "./rpc_error.ts";
import { type SessionOptions, Sessions } from "./sessions.ts";

export interface McpHttp {
  /** Answers one HTTP request of a caller who has been let in. */
  fetch(request: Request, credential: Credential): Promise<Response>;
  /** Ends all streams and sessions. */
  close(): Promise<void>;
}

const logger = getLogger(["assistants-mcp", "http"]);

export function createMcpHttp(service: Service, options: SessionOptions): McpHttp {
  const answerList = createAnswerList(service.inventory);
  const sessions = new Sessions(service, options);
  const short = modernHandler(service, options, "auto");
  const long = modernHandler(service, options, "sse");
  const lines = new Map<string, Line>();

  function lineOf(credential: Credential, era: Era): Line {
    const key = `${era} ${credential.tenant}`;
    let line = lines.get(key);
    if (line === undefined) {
      line = new Line(createServer(service, credential), era);
      lines.set(key, line);
    }
    return line;
  }

  async function post(request: Request, credential: Credential): Promise<Response> {
    if (!isJsonContentType(request.headers.get("content-type"))) {
      return rpcError(
        415,
        -32000,
        "Unsupported media type: Content-Type must be application/json.",
      );
    }
    const read = await readJson(request, options.maxBodyBytes);
    if (read instanceof Response) return read;
    const { body } = read;
    const sessionNamed = request.headers.has("mcp-session-id");
    if (!sessionNamed || sessions.touch(request, credential)) {
      const quick = await answerQuickly(request, body, credential);
      if (quick !== undefined) return quick;
    }
    if (eraOf(request, body) !== "legacy") {
      const handler = isLong(body) ? long : short;
      return await handler.fetch(request, { parsedBody: body, authInfo: asAuthInfo(credential) });
    }
    if (Array.isArray(body)) {
      return rpcError(400, -32600, "Invalid request: batches are not part of MCP.");
    }
    if (sessionNamed) return await sessions.handle(request, body, credential);
    if (!isRequest(body)) return withoutId(body);
    if (body.method === "initialize") return await sessions.open(request, body, credential);
    return await lineOf(credential, "legacy").askEarly(body);
  }

  /** What is most of the traffic, and needs neither a stream nor a session. */
  async function answerQuickly(
    { headers }: Request,
    body: unknown,
    credential: Credential,
  ): Promise<Response | undefined> {
    const list = answerList(body, headers);
    if (list !== undefined) {
      return new Response(list, { headers: { "content-type": "application/json" } });
    }
    if (!isRequest(body) || body.method !== "tools/call" || isLong(body)) return undefined;
    const era = plainEra(body, headers);
    if (era === undefined || body.params?._meta?.progressToken !== undefined) return undefined;
    return await lineOf(credential, era).ask(body);
  }

  function isLong(body: unknown): boolean {
    return isRequest(body) && body.method === "tools/call" &&
      service.inventory.find(String(body.params?.name))?.long === true;
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
    async close() {
      const all = [sessions, short, long, ...lines.values()];
      await Promise.all(all.map((each) => each.close()));
    },
  };
}

/** `sse` opens the answer's stream at once, so that a client that goes is noticed. */
function modernHandler(
  service: Service,
  { maxBodyBytes }: SessionOptions,
  responseMode: "auto" | "sse",
): McpHttpHandler {
  return createMcpHandler(
    ({ authInfo }) => createServer(service, asCredential(authInfo)),
    {
      legacy: "reject",
      responseMode,
      maxRequestBodySize: maxBodyBytes,
      onerror: (error) => logger.debug("{message}", { message: error.message }),
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

async function readJson(
  request: Request,
  maxBytes: number,
): Promise<{ body: unknown } | Response> {
  let text: string;
  try {
    const declared = Number(request.headers.get("content-length") ?? Infinity);
    // A body of a declared length is read in one piece, which costs half.
    const read = declared <= maxBytes
      ? { tooLarge: false as const, text: await request.text() }
      : await readRequestBody(request, maxBytes);
    if (read.tooLarge) {
      await request.body?.cancel();
      return tooLarge(maxBytes);
    }
    text = read.text;
  } catch {
    return rpcError(400, -32700, "Parse error: the request body could not be read.");
  }
  try {
    return { body: JSON.parse(text) };
  } catch {
    return rpcError(400, -32700, "Parse error: the request body is not JSON.");
  }
}

function tooLarge(maxBytes: number): Response {
  return rpcError(413, -32000, `Payload too large: at most ${maxBytes} bytes (MAX_BODY_MB).`);
}

/** Notifications and responses with no session concern nobody; all else without an id is no message. */
function withoutId(body: unknown): Response {
  const isMessage = typeof body === "object" && body !== null && "jsonrpc" in body &&
    ("method" in body || "result" in body || "error" in body) &&
    !("method" in body && "id" in body);
  if (isMessage) return new Response(null, { status: 202 });
  return rpcError(400, -32600, "Invalid request: not a JSON-RPC 2.0 message.");
}
