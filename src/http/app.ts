/** The HTTP application: guards, then MCP, `/v1` and the REST routes. */

import { getLogger } from "@logtape/logtape";
import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { ApiError } from "../shared/errors.ts";
import type { Credential } from "../gateway/mod.ts";
import type { McpHttp } from "../transports/mod.ts";
import { type CallerRules, createFindCaller } from "./guards/caller.ts";
import { createSiteGuard, type GuardOptions } from "./guards/site.ts";
import { errorResponse, httpError } from "./http_error.ts";
import { createMetricsRoute } from "./rest/metrics.ts";
import type { RateLimit } from "./guards/rate_limit.ts";
import { withRequestId } from "./request_ids.ts";
import type { Route } from "./rest/route.ts";
import { peerAddress, responseSent } from "./serve.ts";
import type { V1, V1Options } from "./v1/mod.ts";

/** What the application serves, and the rules for its callers. */
export interface AppOptions extends Pick<GuardOptions, "allowedHosts" | "allowedOrigins"> {
  mcp: McpHttp;
  callers: CallerRules;
  /** The REST routes. */
  routes?: readonly Route[];
  /** OpenAI's API at `/v1`. Not served if undefined. */
  v1?: V1Options;
  /** No limit if undefined. */
  rateLimit?: RateLimit;
}

/**
 * Handles a request of an admitted caller.
 *
 * @param info the second argument of the handler of `Deno.serve()`
 */
type Handler = (
  request: Request,
  credential: Credential,
  info: unknown,
) => Response | Promise<Response>;

/** The response headers that browsers show to pages of other origins, in addition to the usual ones. */
const EXPOSED_HEADERS = [
  "mcp-session-id",
  "mcp-protocol-version",
  "x-request-id",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "openai-poll-after-ms",
  "openai-processing-ms",
];

const logger = getLogger(["assistants-mcp", "http"]);

/** Creates the application. */
export function createApp(options: AppOptions): Hono {
  const { mcp, callers, routes = [], allowedOrigins, rateLimit } = options;
  const guardSite = createSiteGuard(options);
  const findCaller = createFindCaller(callers);
  const metrics = createMetricsRoute({ token: callers.keys === "own" ? callers.token : undefined });

  /** Admits a caller and applies the rate limit. Public routes skip both. */
  function forCallers(handle: Handler, keyOf?: (context: Context) => string | undefined) {
    return async (context: Context): Promise<Response> => {
      const request = context.req.raw;
      const caller = await findCaller(request, keyOf?.(context));
      if (caller instanceof Response) return caller;
      return rateLimit?.(caller.tenant) ?? await handle(request, caller, context.env);
    };
  }

  const app = new Hono();
  app.use(withRequestId);
  app.use((context, next) => refuseOrContinue(guardSite(context.req.raw), next));
  if (allowedOrigins.length > 0) {
    app.use(cors({
      origin: [...allowedOrigins],
      allowMethods: ["GET", "POST", "DELETE"],
      exposeHeaders: EXPOSED_HEADERS,
    }));
  }
  app.get("/metrics", ({ req, env }) => metrics(req.raw, peerAddress(env)));
  app.all("/mcp", forCallers(mcp.fetch));
  app.get("/sse", forCallers(mcp.openSse));
  app.post("/messages", forCallers(mcp.postSse));
  app.all("/sse", forCallers(() => wrongMethod({ method: "GET", path: "/sse" })));
  app.all("/messages", forCallers(() => wrongMethod({ method: "POST", path: "/messages" })));
  if (options.v1 !== undefined) app.all("/v1/*", forCallers(lazyV1(options.v1)));
  for (const route of routes) {
    app.on(
      route.method,
      route.path,
      route.open ? ({ req }) => route.handle(req.raw) : forCallers(route.handle),
    );
  }
  for (const route of routes) {
    const refuse = () => Promise.resolve(wrongMethod(route));
    app.all(route.path, route.open ? refuse : forCallers(refuse));
  }
  // After the other routes, so that their paths are not taken for keys.
  if (callers.keys === "callers" && callers.inUrl) {
    const keyOf = ({ req }: Context) => req.param("key");
    app.all("/mcp/:key", forCallers(mcp.fetch, keyOf));
    app.get("/sse/:key", forCallers(mcp.openSse, keyOf));
    app.post("/messages/:key", forCallers(mcp.postSse, keyOf));
  }
  app.notFound(forCallers(unknownUrl));
  app.onError((error) => {
    if (error instanceof ApiError) return errorResponse(error);
    logger.error("A request failed.", { error });
    return httpError(500, "internal_error", "The server failed to answer. Its log says why.");
  });
  return app;
}

/** Loads `/v1` with its first request. */
function lazyV1(options: V1Options): Handler {
  let loading: Promise<V1> | undefined;
  async function load(): Promise<V1> {
    return (await import("./v1/mod.ts")).createV1(options);
  }
  return async (request, credential, info) =>
    await (await (loading ??= load()))(request, credential, responseSent(info));
}

async function refuseOrContinue(
  refusal: Response | undefined,
  next: () => Promise<void>,
): Promise<Response | void> {
  if (refusal !== undefined) return refusal;
  await next();
}

function wrongMethod({ method, path }: Pick<Route, "method" | "path">): Response {
  return httpError(405, "method_not_allowed", `${path} takes ${method} only.`, { allow: method });
}

function unknownUrl({ method, url }: Request): Response {
  const { pathname } = new URL(url);
  // The rest of these paths may be a key.
  const path = pathname.replace(/^\/(mcp|sse|messages)\/.*/, "/$1/...");
  return httpError(
    404,
    "unknown_url",
    `Nothing at ${method} ${path}. MCP is at /mcp; /docs shows the other routes.`,
  );
}
