/** Serving over HTTP: listens, prints the addresses, and drains the calls on shutdown. */

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
import { type ActiveCalls, createServerFactory } from "../../mcp/mod.ts";
import type { Clients } from "../../gateway/mod.ts";
import type { Store } from "../../store/mod.ts";
import { createMcpHttp, type McpHttp } from "../../transports/mod.ts";
import { registerSecret } from "../../telemetry/mod.ts";
import { printError, printSecret } from "../print.ts";
import type { Backend, ServeContext } from "./_backend.ts";
import { listenForStopSignal } from "../signals.ts";

/** Maximum time for calls to finish after a stop signal. */
const DRAIN_MS = 10_000;

/** Maximum time for connections to close after that. */
const CLOSE_MS = 500;

/**
 * Serves clients until a stop signal arrives.
 *
 * @throws {FatalError} as a rejection, if the server cannot listen on its address
 */
export async function serveHttp(
  config: Config,
  context: ServeContext,
  store: Store,
): Promise<void> {
  const { auth, http } = config;
  const { readOnly } = config.tools;
  const backend = await context.backend();
  const { clients, of: backendOf } = backend;
  const service = { ...context.service, backendOf };
  const bodyLimits = { maxBytes: http.maxBodyBytes, timeoutMs: http.bodyTimeoutMs };
  const token = auth.passthrough ? undefined : resolveToken(config);
  const callers: CallerRules = auth.passthrough
    ? { keys: "callers", admit: clients.admit, inUrl: auth.keyInUrl }
    : { keys: "own", credential: context.ownCredential, token: token?.value };
  const mcp = createMcpHttp(createServerFactory(service), {
    maxSessions: http.maxSessions,
    idleMs: http.sessionIdleMs,
    bodyLimits,
    isAdmitted: createIsAdmitted(callers),
  });
  const readiness = readinessOf(config, clients, store);
  const app = createApp({
    mcp,
    callers,
    allowedHosts: http.allowedHosts,
    allowedOrigins: http.allowedOrigins,
    routes: createRestRoutes({ service, readiness, bodyLimits, readOnly }),
    v1: {
      apiOf: clients.apiOf,
      calls: service.calls,
      bodyLimits,
      readOnly,
      assertStoreReachable: readiness.assertStoreReachable,
    },
    rateLimit: createRateLimit(http.rateLimitPerMin),
  });
  using signal = listenForStopSignal();
  const socket = listen(app.fetch, { host: http.host, port: http.port });
  printError(`listening on ${socket.url}/mcp and /sse, with OpenAI's API at /v1`);
  if (isKeyMissing(config, clients)) {
    printError("OPENAI_API_KEY is not set: calls that need a model are refused");
  }
  if (token?.notice !== undefined) printSecret(token.notice(`${socket.url}/mcp`));

  await signal.received;
  await drain({ server: socket, mcp, calls: service.calls, backend }, DRAIN_MS);
}

/** The parts of the server that may have work in progress. */
export interface DrainTargets {
  server: HttpServer;
  mcp: McpHttp;
  calls: ActiveCalls;
  backend: Pick<Backend, "close">;
}

/** Stops accepting connections, waits up to `drainMs` for calls to finish, and aborts the others. */
export async function drain(
  { server, mcp, calls, backend }: DrainTargets,
  drainMs: number,
): Promise<void> {
  const shutdown = server.shutdown();
  await calls.whenIdle(drainMs);
  // A finished call sends its response during this turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await mcp.close();
  // Before connections close, so that open streams can send their last event.
  await backend.close();
  await withTimeout(CLOSE_MS, shutdown);
}

/** Returns whether the model server requires a key of this server, and it is not set. */
function isKeyMissing({ auth, upstream }: Config, { needsKey }: Clients): boolean {
  return needsKey && !auth.passthrough && upstream.apiKey === undefined;
}

function readinessOf(config: Config, clients: Clients, store: Store): Readiness {
  const { passthrough } = config.auth;
  const ownKey = passthrough ? undefined : config.upstream.apiKey;
  return createReadiness({
    readStore: () => store.forTenant("").getJob("", 0),
    key: passthrough ? "callers" : isKeyMissing(config, clients) ? "missing" : "own",
    checkUpstream: () => clients.checkKey(ownKey),
  });
}

interface Token {
  value: string;
  /** Returns a message for the user about a generated token. */
  notice?: (url: string) => string;
}

/**
 * Returns the token that callers must send: the configured one, or a generated one if other machines
 * can reach the server.
 *
 * @throws {UsageError} if there is no folder for a generated token
 */
function resolveToken({ auth, http, dataDir }: Config): Token | undefined {
  if (auth.token === "off") return undefined;
  if (auth.token !== undefined) return { value: auth.token };
  if (isLoopback(http.host)) return undefined;
  if (dataDir === undefined) {
    throw new UsageError(
      `Other machines can reach HOST ${http.host}, and there is no home folder to store a ` +
        "generated token in; set MCP_AUTH_TOKEN",
    );
  }
  const { token, path, isNew } = storeToken(dataDir);
  registerSecret(token);
  if (!isNew) return { value: token, notice: () => `callers must send the token in ${path}` };
  return {
    value: token,
    notice: (listeningUrl) => {
      // Clients cannot connect to the wildcard address.
      const url = listeningUrl.replace(/\/\/(0\.0\.0\.0|\[::\])/, "//localhost");
      const client = { type: "http", url, headers: { Authorization: `Bearer ${token}` } };
      return `other machines can reach ${http.host}, so callers must send a token. A token was ` +
        `generated and stored in ${path}. Client configuration (replace localhost on other ` +
        `machines):\n${JSON.stringify({ mcpServers: { assistants: client } }, null, 2)}`;
    },
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\./.test(host);
}
