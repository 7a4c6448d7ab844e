/** The server over HTTP: listens, tells the person how to reach it, and lets calls end when it stops. */

import type { Config } from "../../config/mod.ts";
import { withTimeout } from "../../shared/clock.ts";
import { UsageError } from "../../shared/errors.ts";
import {
  type CallerRules,
  createApp,
  createIsAdmitted,
  createRateLimit,
  createReadiness,
  createRestRoutes,
  type HttpServer,
  listen,
  type Readiness,
  storeToken,
} from "../../http/mod.ts";
import { type Calls, serveInventory } from "../../mcp/mod.ts";
import type { Clients } from "../../gateway/mod.ts";
import type { Store } from "../../store/mod.ts";
import { createMcpHttp, type McpHttp } from "../../transports/mod.ts";
import { registerSecret } from "../../telemetry/mod.ts";
import { printError, printSecret } from "../print.ts";
import type { Backend, Server } from "./_backend.ts";
import { listenForStopSignal } from "../signals.ts";

/** How long calls may go on after a signal. */
const DRAIN_MS = 10_000;

/** How long connections may take to close after that. */
const CLOSE_MS = 500;

/** @throws {FatalError} when the address cannot be had */
export async function serveHttp(config: Config, server: Server, store: Store): Promise<void> {
  const { ownKey } = server;
  const backend = await server.backend();
  const { clients, of: backendOf } = backend;
  const service = { ...server.service, backendOf };
  const bodyLimits = { maxBytes: config.http.maxBodyBytes, timeoutMs: config.http.bodyTimeoutMs };
  const token = config.auth.passthrough ? undefined : resolveToken(config);
  const callers: CallerRules = config.auth.passthrough
    ? { keys: "callers", admit: clients.admit, inUrl: config.auth.keyInUrl }
    : { keys: "own", credential: ownKey, token: token?.value };
  const mcp = createMcpHttp(serveInventory(service), {
    maxSessions: config.http.maxSessions,
    idleMs: config.http.sessionIdleMs,
    bodyLimits,
    isAdmitted: createIsAdmitted(callers),
  });
  const readiness = readinessOf(config, clients, store);
  const app = createApp({
    mcp,
    callers,
    allowedHosts: config.http.allowedHosts,
    allowedOrigins: config.http.allowedOrigins,
    routes: createRestRoutes({ service, readiness, bodyLimits, readOnly: config.tools.readOnly }),
    v1: {
      apiOf: clients.apiOf,
      calls: service.calls,
      bodyLimits,
      readOnly: config.tools.readOnly,
      assertStoreReachable: readiness.assertStoreReachable,
    },
    rateLimit: createRateLimit(config.http.rateLimitPerMin),
  });
  using signal = listenForStopSignal();
  const socket = listen(app.fetch, { host: config.http.host, port: config.http.port });
  printError(`listening on ${socket.url}/mcp and /sse, with OpenAI's API at /v1`);
  if (isKeyMissing(config, clients)) {
    printError("OPENAI_API_KEY is not set: calls that ask a model are refused until it is");
  }
  if (token?.notice !== undefined) printSecret(token.notice(`${socket.url}/mcp`));

  await signal.received;
  await drain({ server: socket, mcp, calls: service.calls, backend }, DRAIN_MS);
}

/** What may have something under way. */
export interface DrainTargets {
  server: HttpServer;
  mcp: McpHttp;
  calls: Calls;
  backend: Pick<Backend, "close">;
}

/** Takes no more connections, lets calls go on for at most so long, and ends what is left. */
export async function drain(
  { server, mcp, calls, backend }: DrainTargets,
  drainMs: number,
): Promise<void> {
  const shutdown = server.shutdown();
  await calls.idle(drainMs);
  // A call is over before its answer is on its connection, which a turn of the loop is enough for.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await mcp.close();
  // Streams that are still open say why they end, as long as there are connections.
  await backend.close();
  await withTimeout(CLOSE_MS, shutdown);
}

/** Whether the model server needs a key, of this server's own, and there is none. */
function isKeyMissing(config: Config, { needsKey }: Clients): boolean {
  return needsKey && !config.auth.passthrough && config.upstream.apiKey === undefined;
}

function readinessOf(config: Config, clients: Clients, store: Store): Readiness {
  const ownKey = config.auth.passthrough ? undefined : config.upstream.apiKey;
  return createReadiness({
    readStore: () => store.forTenant("").getJob("", 0),
    key: config.auth.passthrough ? "callers" : isKeyMissing(config, clients) ? "missing" : "own",
    checkUpstream: () => clients.checkKey(ownKey),
  });
}

interface Token {
  value: string;
  /** What the person has to know of a token that was made for them. */
  notice?: (url: string) => string;
}

/** The token that callers must show: the one that is set, or on an open address one of our own. */
function resolveToken(config: Config): Token | undefined {
  if (config.auth.token === "off") return undefined;
  if (config.auth.token !== undefined) return { value: config.auth.token };
  if (isLoopback(config.http.host)) return undefined;
  if (config.dataDir === undefined) {
    throw new UsageError(
      `HOST ${config.http.host} can be reached by others, and there is no home folder to keep a token ` +
        "in; set MCP_AUTH_TOKEN",
    );
  }
  const { token, path, isNew } = storeToken(config.dataDir);
  registerSecret(token);
  if (!isNew) return { value: token, notice: () => `callers show the token in ${path}` };
  return {
    value: token,
    notice: (listeningUrl) => {
      // Every address of the machine is an address that no client can ask for.
      const url = listeningUrl.replace(/\/\/(0\.0\.0\.0|\[::\])/, "//localhost");
      const client = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
      return `${config.http.host} can be reached by others, so callers have to show a token. ` +
        `It was made now and is kept in ${path}. A client's configuration, with this machine's ` +
        "name for localhost where the client is elsewhere:\n" +
        JSON.stringify({ mcpServers: { assistants: client } }, null, 2);
    },
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\./.test(host);
}
