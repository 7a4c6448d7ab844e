/** GET /health and /ready: checks for orchestrators, without a key. */

import type { Readiness } from "./readiness.ts";
import type { OpenRoute, Schema } from "./route.ts";

const healthSchema: Schema = {
  type: "object",
  properties: { status: { const: "healthy" }, mcp_connected: { const: true } },
  required: ["status", "mcp_connected"],
};

const readySchema: Schema = {
  type: "object",
  properties: {
    status: { enum: ["ready", "not_ready"] },
    store: { enum: ["ok", "unreachable"] },
    key: { enum: ["ok", "missing", "refused", "of_callers"] },
    upstream: { enum: ["ok", "unreachable", "not_asked"] },
  },
  required: ["status", "store", "key", "upstream"],
};

/** Creates both routes. */
export function createHealthRoutes(readiness: Readiness): OpenRoute[] {
  return [
    {
      open: true,
      method: "GET",
      path: "/health",
      summary: "Report that the process is alive",
      responses: { 200: { description: "The process is alive", schema: healthSchema } },
      errorStatuses: [],
      handle: () => uncached(200, { status: "healthy", mcp_connected: true }),
    },
    {
      open: true,
      method: "GET",
      path: "/ready",
      summary: "Check database, key and model server",
      description: "The model server is asked at most once per minute.",
      responses: {
        200: { description: "The server is ready", schema: readySchema },
        503: { description: "The server is not ready, and why", schema: readySchema },
      },
      errorStatuses: [],
      async handle() {
        const ready = await readiness.check();
        return uncached(ready.status === "ready" ? 200 : 503, ready);
      },
    },
  ];
}

function uncached(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}
