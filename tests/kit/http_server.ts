/** The server over HTTP inside the test's process, on a real socket, with a scripted upstream. */

import { type Clock, createEngine, type Engine } from "../../src/engine/mod.ts";
import {
  type CallerRules,
  createApp,
  createIsAdmitted,
  createRateLimit,
  createReadiness,
  createRestRoutes,
  listen,
} from "../../src/http/mod.ts";
import { Jobs } from "../../src/jobs/mod.ts";
import {
  ActiveCalls,
  type CallLimits,
  createInventory,
  createServerFactory,
  DEFAULT_SELECTION,
  type Service,
} from "../../src/mcp/mod.ts";
import { type ClientSettings, createClients, toApiError } from "../../src/gateway/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import { tools } from "../../src/tools/mod.ts";
import { createMcpHttp, type McpHttp } from "../../src/transports/mod.ts";
import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";

export interface HttpOptions {
  token?: string;
  allowedHosts?: string[];
  allowedOrigins?: string[];
  maxSessions?: number;
  idleMs?: number;
  keepAliveMs?: number;
  maxBodyBytes?: number;
  bodyTimeoutMs?: number;
  waitS?: number;
  /** Each caller brings a key. */
  passthrough?: { inUrl: boolean };
  /** Whether the upstream takes a key; it takes all unless told. */
  acceptsKey?: (key: string) => boolean;
  ratePerMinute?: number;
  callLimits?: CallLimits;
  tokensPerDay?: number;
  /** How many requests go to the upstream at once. */
  concurrency?: number;
  readOnly?: boolean;
  /** The model server's address; the scripted one's unless told. */
  upstreamUrl?: string;
  /** How often the upstream is asked again; never unless told. */
  retries?: number;
  /** The engine's, and that of callers' keys; the machine's own unless told. */
  clock?: Clock;
  /** Where images are written. */
  imagesFolder?: string;
  /** The hosted tools that the upstream is said to have. */
  upstreamTools?: ClientSettings["UPSTREAM_TOOLS"];
}

export const OWN_KEY = "sk-test-0123456789";

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** Where MCP is. */
  url: string;
  service: Service;
  mcp: McpHttp;
  upstream: ResponsesServer;
  engine: Engine;
  /** Ends what is under way. */
  backend: { close(): Promise<void> };
  store: Store;
  /** Takes no more connections; resolves when the last has ended. */
  shutdown(): Promise<void>;
}

export function serveHttp(options: HttpOptions = {}): TestServer {
  const upstream = startResponsesServer({ acceptsKey: options.acceptsKey });
  const store = openStore("sqlite::memory:");
  const engine = createEngine({ store, clock: options.clock });
  const clients = createClients({
    engine,
    clock: options.clock,
    settings: {
      OPENAI_BASE_URL: options.upstreamUrl ?? upstream.url,
      OPENAI_TIMEOUT_S: 60,
      OPENAI_MAX_RETRIES: options.retries ?? 0,
      OPENAI_MAX_CONCURRENCY: options.concurrency ?? 64,
      TOKENS_PER_DAY: options.tokensPerDay,
      UPSTREAM_TOOLS: options.upstreamTools,
    },
  });
  const readOnly = options.readOnly ?? false;
  const jobs = new Jobs({ store, explain: toApiError });
  const service: Service = {
    inventory: createInventory(tools, { ...DEFAULT_SELECTION, readOnly }),
    backendOf: async (credential) => ({
      openai: await clients.of(credential),
      jobs: jobs.of(credential.tenant),
      saveFile: (file) => engine.keepFile(credential.tenant, file),
    }),
    defaultModel: "gpt-test",
    defaultImageModel: "gpt-image-test",
    folders: { readable: undefined, images: options.imagesFolder },
    waitS: options.waitS ?? 45,
    calls: new ActiveCalls(options.callLimits),
  };
  const bodyLimits = {
    maxBytes: options.maxBodyBytes ?? 1024 * 1024,
    timeoutMs: options.bodyTimeoutMs ?? 60_000,
  };
  const readiness = createReadiness({
    readStore: () => store.forTenant("").getJob("", 0),
    key: options.passthrough === undefined ? "own" : "callers",
    checkUpstream: () => clients.checkKey(options.passthrough === undefined ? OWN_KEY : undefined),
  });
  const callers: CallerRules = options.passthrough === undefined
    ? { keys: "own", credential: { tenant: "default", apiKey: OWN_KEY }, token: options.token }
    : { keys: "callers", admit: clients.admit, inUrl: options.passthrough.inUrl };
  const mcp = createMcpHttp(createServerFactory(service), {
    maxSessions: options.maxSessions ?? 100,
    idleMs: options.idleMs ?? 60_000,
    bodyLimits,
    ...(options.keepAliveMs !== undefined && { keepAliveMs: options.keepAliveMs }),
    isAdmitted: createIsAdmitted(callers),
  });
  const app = createApp({
    mcp,
    callers,
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
    routes: createRestRoutes({ service, readiness, bodyLimits, readOnly }),
    v1: {
      apiOf: clients.apiOf,
      calls: service.calls,
      bodyLimits,
      readOnly,
      assertStoreReachable: readiness.assertStoreReachable,
    },
    rateLimit: createRateLimit(options.ratePerMinute ?? 1_000_000),
  });
  async function closeBackend(): Promise<void> {
    await engine.close();
    await jobs.close();
    await clients.close();
  }

  const server = listen(app.fetch, { host: "127.0.0.1", port: 0 });
  return {
    origin: server.url,
    url: `${server.url}/mcp`,
    service,
    mcp,
    upstream,
    engine,
    backend: { close: closeBackend },
    store,
    shutdown: () => server.shutdown(),
    async [Symbol.asyncDispose]() {
      await mcp.close();
      await closeBackend();
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
