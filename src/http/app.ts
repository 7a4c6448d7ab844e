/** The HTTP side: the guards in front, MCP and the REST routes behind them. */

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
import { completionOf, peerOf } from "./serve.ts";
import type { V1, V1Options } from "./v1/mod.ts";

export interface AppOptions extends Pick<GuardOptions, "allowedHosts" | "allowedOrigins"> {
  mcp: McpHttp;
  callers: CallerRules;
  /** The routes beside MCP's. */
  routes?: readonly Route[];
  /** What is at `/v1`; nothing unless told. */
  v1?: V1Options;
  /** None unless told. */
  rateLimit?: RateLimit;
}

/**
 * Answers a caller who has been let in.
 *
 * @param info what the server gives its handler beside the request
 */
type Answer = (
  request: Request,
  credential: Credential,
  info: unknown,
) => Response | Promise<Response>;

/** What browsers show to the pages of other origins, beside what they always do. */
const EXPOSED = [
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

export function createApp(options: AppOptions): Hono {
  const { mcp, callers, routes = [], allowedOrigins, rateLimit } = options;
  const guardSite = createSiteGuard(options);
  const findCaller = createFindCaller(callers);
  const metrics = createMetricsRoute({ token: callers.keys === "own" ? callers.token : undefined });

  /** Every route but the open ones is behind this. */
  function forCallers(answer: Answer, keyOf?: (context: Context) => string | undefined) {
    return async (context: Context): Promise<Response> => {
      const request = context.req.raw;
      const caller = await findCaller(request, keyOf?.(context));
      if (caller instanceof Response) return caller;
      return rateLimit?.(caller.tenant) ?? await answer(request, caller, context.env);
    };
  }

  const app = new Hono();
  app.use(withRequestId);
  app.use((context, next) => pass(guardSite(context.req.raw), next));
  if (allowedOrigins.length > 0) {
    app.use(cors({
      origin: [...allowedOrigins],
      allowMethods: ["GET", "POST", "DELETE"],
      exposeHeaders: EXPOSED,
    }));
  }
  app.get("/metrics", ({ req, env }) => metrics(req.raw, peerOf(env)));
  app.all("/mcp", forCallers(mcp.fetch));
  app.get("/sse", forCallers(mcp.openSse));
  app.post("/messages", forCallers(mcp.postSse));
  app.all("/sse", forCallers(() => wrongMethod({ method: "GET", path: "/sse" })));
  app.all("/messages", forCallers(() => wrongMethod({ method: "POST", path: "/messages" })));
  if (options.v1 !== undefined) app.all("/v1/*", forCallers(loadedV1(options.v1)));
  for (const route of routes) {
    app.on(
      route.method,
      route.path,
      route.open ? ({ req }) => route.answer(req.raw) : forCallers(route.answer),
    );
  }
  for (const route of routes) {
    const refuse = () => Promise.resolve(wrongMethod(route));
    app.all(route.path, route.open ? refuse : forCallers(refuse));
  }
  // After the routes, whose names are no keys.
  if (callers.keys === "callers" && callers.inUrl) {
    const keyOf = ({ req }: Context) => req.param("key");
    app.all("/mcp/:key", forCallers(mcp.fetch, keyOf));
    app.get("/sse/:key", forCallers(mcp.openSse, keyOf));
    app.post("/messages/:key", forCallers(mcp.postSse, keyOf));
  }
  app.notFound(forCallers(nothingThere));
  app.onError((error) => {
    if (error instanceof ApiError) return errorResponse(error);
    logger.error("A request failed.", { error });
    return httpError(500, "internal_error", "The server failed to answer. Its log says why.");
  });
  return app;
}

/** What is at `/v1`, loaded with its first request. */
function loadedV1(options: V1Options): Answer {
  let loading: Promise<V1> | undefined;
  async function load(): Promise<V1> {
    return (await import("./v1/mod.ts")).createV1(options);
  }
  return async (request, credential, info) =>
    await (await (loading ??= load()))(request, credential, completionOf(info));
}

async function pass(
  refusal: Response | undefined,
  next: () => Promise<void>,
): Promise<Response | void> {
  if (refusal !== undefined) return refusal;
  await next();
}

function wrongMethod({ method, path }: Pick<Route, "method" | "path">): Response {
  return httpError(405, "method_not_allowed", `${path} takes ${method} only.`, { allow: method });
}

function nothingThere({ method, url }: Request): Response {
  const { pathname } = new URL(url);
  // What follows these may be a key that somebody has put there.
  const path = pathname.replace(/^\/(mcp|sse|messages)\/.*/, "/$1/...");
  return httpError(
    404,
    "unknown_url",
    `Nothing at ${method} ${path}. MCP is at /mcp; /docs shows the other routes.`,
  );
}
