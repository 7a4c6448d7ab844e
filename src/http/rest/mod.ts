/** All REST routes. The server, /openapi.json and /docs use this list. */

import type { Service } from "../../mcp/mod.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { createChatRoute } from "./chat.ts";
import { docsPage } from "./docs_page.ts";
import { createHealthRoutes } from "./health.ts";
import { openApiDocument } from "./openapi.ts";
import type { Readiness } from "./readiness.ts";
import type { OpenRoute, Route } from "./route.ts";
import { createToolRoutes } from "./tools.ts";

/** What the routes need. */
export interface RestOptions {
  service: Service;
  readiness: Readiness;
  bodyLimits: BodyLimits;
  /** Whether the chat route is refused. The inventory contains no tools that write then. */
  readOnly: boolean;
}

/** Creates the routes. */
export function createRestRoutes(
  { service, readiness, bodyLimits, readOnly }: RestOptions,
): Route[] {
  const options = {
    service,
    bodyLimits,
    assertStoreReachable: () => readiness.assertStoreReachable(),
  };
  const routes: Route[] = [
    createChatRoute({ ...options, readOnly }),
    ...createToolRoutes(options),
    ...createHealthRoutes(readiness),
  ];
  return [...routes, ...documentation(routes)];
}

/** Creates the routes that describe all routes. */
function documentation(others: readonly Route[]): OpenRoute[] {
  let json: string | undefined;
  let page: ReturnType<typeof docsPage> | undefined;
  const own: OpenRoute[] = [
    {
      open: true,
      method: "GET",
      path: "/openapi.json",
      summary: "Return this document",
      responses: { 200: { description: "OpenAPI 3.1", schema: { type: "object" } } },
      errorStatuses: [],
      handle() {
        json ??= JSON.stringify(openApiDocument([...others, ...own]));
        return new Response(json, { headers: { "content-type": "application/json" } });
      },
    },
    {
      open: true,
      method: "GET",
      path: "/docs",
      summary: "Show this documentation as a page",
      responses: { 200: { description: "An HTML page", type: "text/html" } },
      errorStatuses: [],
      handle() {
        page ??= docsPage([...others, ...own]);
        return new Response(page.html, { headers: page.headers });
      },
    },
  ];
  return own;
}
