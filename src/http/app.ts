/** The HTTP side: the guards in front, MCP behind them. */

import { Hono } from "hono";
import { cors } from "hono/cors";
import type { Credential } from "../openai/mod.ts";
import type { McpHttp } from "../transports/mod.ts";
import { createSiteGuard, createTokenGuard, type GuardOptions } from "./guards.ts";
import { httpError } from "./http_error.ts";

export interface AppOptions extends GuardOptions {
  mcp: McpHttp;
  /** Whose objects and whose key: those of the server itself. */
  credential: Credential;
}

export function createApp(options: AppOptions): Hono {
  const { mcp, credential, allowedOrigins } = options;
  const guardSite = createSiteGuard(options);
  const guardToken = createTokenGuard(options);

  const app = new Hono();
  app.use((context, next) => pass(guardSite(context.req.raw), next));
  if (allowedOrigins.length > 0) {
    app.use(cors({
      origin: [...allowedOrigins],
      allowMethods: ["GET", "POST", "DELETE"],
      exposeHeaders: ["mcp-session-id", "mcp-protocol-version", "x-request-id"],
    }));
  }
  app.use((context, next) => pass(guardToken(context.req.raw), next));
  app.all("/mcp", (context) => mcp.fetch(context.req.raw, credential));
  app.notFound(({ req }) =>
    httpError(404, "unknown_url", `Nothing at ${req.method} ${req.path}. MCP is at /mcp.`)
  );
  return app;
}

async function pass(
  refusal: Response | undefined,
  next: () => Promise<void>,
): Promise<Response | void> {
  if (refusal !== undefined) return refusal;
  await next();
}
