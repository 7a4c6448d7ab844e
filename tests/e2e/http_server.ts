/** The server over HTTP inside the test's process, on a real socket, with a scripted upstream. */

import { createEngine } from "../../src/engine/mod.ts";
import { createApp, listen } from "../../src/http/mod.ts";
import { Jobs } from "../../src/jobs/mod.ts";
import { Calls, createInventory, type Service } from "../../src/mcp/mod.ts";
import { createClients, toApiError } from "../../src/openai/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { tools } from "../../src/tools/mod.ts";
import { createMcpHttp, type McpHttp } from "../../src/transports/mod.ts";
import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";

export interface HttpOptions {
  token?: string;
  allowedHosts?: string[];
  allowedOrigins?: string[];
  maxSessions?: number;
  idleMs?: number;
  maxBodyBytes?: number;
  waitS?: number;
}

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** Where MCP is. */
  url: string;
  service: Service;
  mcp: McpHttp;
  upstream: ResponsesServer;
  /** Takes no more connections; resolves when the last has ended. */
  shutdown(): Promise<void>;
}

export function serveHttp(options: HttpOptions = {}): TestServer {
  const upstream = startResponsesServer();
  const store = openStore("sqlite::memory:");
  const engine = createEngine({ store });
  const clients = createClients({
    engine,
    settings: {
      OPENAI_BASE_URL: upstream.url,
      OPENAI_TIMEOUT_S: 60,
      OPENAI_MAX_RETRIES: 0,
      OPENAI_MAX_CONCURRENCY: 64,
    },
  });
  const jobs = new Jobs({ store, explain: toApiError });
  const service: Service = {
    inventory: createInventory(tools),
    clients,
    jobs,
    defaultModel: "gpt-test",
    waitS: options.waitS ?? 45,
    calls: new Calls(),
  };
  const mcp = createMcpHttp(service, {
    maxSessions: options.maxSessions ?? 100,
    idleMs: options.idleMs ?? 60_000,
    maxBodyBytes: options.maxBodyBytes ?? 1024 * 1024,
  });
  const app = createApp({
    mcp,
    credential: { tenant: "default", apiKey: "sk-test-0123456789" },
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    token: options.token,
  });
  const server = listen(app.fetch, { host: "127.0.0.1", port: 0 });
  return {
    origin: server.url,
    url: `${server.url}/mcp`,
    service,
    mcp,
    upstream,
    shutdown: () => server.shutdown(),
    async [Symbol.asyncDispose]() {
      await mcp.close();
      await engine.close();
      await jobs.close();
      await clients.close();
      await server.shutdown();
      await store.close();
      await upstream.close();
    },
  };
}

/** One JSON-RPC message, sent as curl sends it. */
export function post(
  url: string,
  message: unknown,
  { headers, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "*/*", ...headers },
    body: typeof message === "string" ? message : JSON.stringify(message),
    signal: signal ?? null,
  });
}

export function toolCall(name: string, args: Record<string, unknown> = {}, id = 1): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}

/** Opens a 2025 session and returns its id. */
export async function openSession(
  url: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await initialize(url, headers);
  const id = response.headers.get("mcp-session-id");
  const body = await response.text();
  if (id === null) throw new Error(`No session: ${response.status} ${body}`);
  return id;
}

export function initialize(url: string, headers?: Record<string, string>): Promise<Response> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  };
  return post(url, { jsonrpc: "2.0", id: 0, method: "initialize", params }, { headers });
}
