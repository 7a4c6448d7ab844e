/** GET /health and /ready: for those who watch over the process, and have no key. */

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

export function createHealthRoutes(readiness: Readiness): OpenRoute[] {
  return [
    {
      open: true,
      method: "GET",
      path: "/health",
      summary: "Whether the process is alive",
      answers: { 200: { description: "It is", schema: healthSchema } },
      refusals: [],
      answer: () => notKept(200, { status: "healthy", mcp_connected: true }),
    },
    {
      open: true,
      method: "GET",
      path: "/ready",
      summary: "Whether the server can do its work",
      description: "The model server is asked once a minute at most.",
      answers: {
        200: { description: "It can", schema: readySchema },
        503: { description: "It cannot, and what is missing", schema: readySchema },
      },
      refusals: [],
      async answer() {
        const ready = await readiness.look();
        return notKept(ready.status === "ready" ? 200 : 503, ready);
      },
    },
  ];
}

function notKept(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}
