/** The REST routes, all of them: what is served and what is documented is this list. */

import type { Service } from "../../mcp/mod.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { createChatRoute } from "./chat.ts";
import { docsPage } from "./docs_page.ts";
import { createHealthRoutes } from "./health.ts";
import { openApiDocument } from "./openapi.ts";
import type { Readiness } from "./readiness.ts";
import type { OpenRoute, Route } from "./route.ts";
import { createToolRoutes } from "./tools.ts";

export interface RestOptions {
  service: Service;
  readiness: Readiness;
  body: BodyLimits;
  /** Whether what writes is refused; the tools are told apart by the inventory. */
  readOnly: boolean;
}

export function createRestRoutes(
  { service, readiness, body, readOnly }: RestOptions,
): Route[] {
  const options = { service, body, needStore: () => readiness.needStore() };
  const routes: Route[] = [
    createChatRoute({ ...options, readOnly }),
    ...createToolRoutes(options),
    ...createHealthRoutes(readiness),
  ];
  return [...routes, ...documentation(routes)];
}

/** The routes that describe the others, and themselves. */
function documentation(others: readonly Route[]): OpenRoute[] {
  let json: string | undefined;
  let page: ReturnType<typeof docsPage> | undefined;
  const own: OpenRoute[] = [
    {
      open: true,
      method: "GET",
      path: "/openapi.json",
      summary: "This document",
      answers: { 200: { description: "OpenAPI 3.1", schema: { type: "object" } } },
      refusals: [],
      answer() {
        json ??= JSON.stringify(openApiDocument([...others, ...own]));
        return new Response(json, { headers: { "content-type": "application/json" } });
      },
    },
    {
      open: true,
      method: "GET",
      path: "/docs",
      summary: "The same for people",
      answers: { 200: { description: "A page", type: "text/html" } },
      refusals: [],
      answer() {
        page ??= docsPage([...others, ...own]);
        return new Response(page.html, { headers: page.headers });
      },
    },
  ];
  return own;
}
