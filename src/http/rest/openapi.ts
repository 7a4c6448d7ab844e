/** The OpenAPI 3.1 document of the REST routes. */

import { VERSION } from "../../shared/version.ts";
import type { Route, Schema } from "./route.ts";

/** What each refusal means, by status. */
const REFUSALS: Record<number, string> = {
  400: "The request is malformed",
  401: "The caller shows no token or key, or a wrong one",
  403: "The Host or the Origin is not allowed",
  404: "There is no such thing",
  405: "The path takes another method",
  408: "The body did not come in time",
  409: "The state of things does not allow it now",
  413: "The body is too large",
  415: "The body is no JSON",
  422: "The body is JSON, and not what the route takes",
  429: "There are too many requests or calls; Retry-After says when to come back",
  500: "The server failed",
  502: "The model server failed, or cannot be reached",
  503: "The server cannot do it now",
  504: "It was not finished in time",
};

const OF_EVERY_ROUTE = [403, 405, 500];
const OF_CALLERS = [400, 401, 408, 413, 415, 422, 429, 503];

const errorSchema: Schema = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        message: { type: "string" },
        type: { type: "string" },
        param: { type: ["string", "null"] },
        code: { type: ["string", "null"] },
      },
      required: ["message", "type", "param", "code"],
    },
  },
  required: ["error"],
};

export function openApiDocument(routes: readonly Route[]): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: {
      title: "assistants-mcp",
      version: VERSION,
      description: "OpenAI assistants over plain HTTP, beside MCP at /mcp.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    // Which of them is asked for depends on the server's settings; it may be none.
    security: [{ token: [] }, { key: [] }, {}],
    paths: Object.fromEntries(
      routes.map((route) => [route.path, { [route.method.toLowerCase()]: operation(route) }]),
    ),
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "The server's token, or where callers bring their own keys an OpenAI API key",
        },
        key: {
          type: "apiKey",
          in: "header",
          name: "X-OpenAI-API-Key",
          description: "The caller's own OpenAI API key, where the server takes it",
        },
      },
    },
  };
}

/** The statuses with which a route may refuse, in order. */
export function refusalsOf(
  { open, refusals, answers }: Route,
): [status: number, meaning: string][] {
  const all = new Set([...OF_EVERY_ROUTE, ...(open ? [] : OF_CALLERS), ...refusals]);
  return [...all].filter((status) => !(status in answers)).toSorted((a, b) => a - b)
    .map((status) => [status, REFUSALS[status] ?? ""]);
}

function operation(route: Route): Record<string, unknown> {
  const { method, path, summary, description, query = [], body, open } = route;
  return {
    operationId: `${method.toLowerCase()}_${path.slice(1).replace(/\W+/g, "_")}`,
    summary,
    ...(description && { description }),
    ...(open && { security: [] }),
    ...(query.length > 0 && {
      parameters: query.map((item) => ({ ...item, in: "query", schema: { type: "string" } })),
    }),
    ...(body && {
      requestBody: {
        required: body.required,
        content: {
          "application/json": { schema: withoutDialect(body.schema), example: body.example },
        },
      },
    }),
    responses: responses(route),
  };
}

function responses(route: Route): Record<string, unknown> {
  const answers = Object.entries(route.answers).map(([status, answer]) => {
    const { description, schema, type = "application/json", streamed } = answer;
    return [status, {
      description,
      content: {
        [type]: schema === undefined ? {} : { schema: withoutDialect(schema) },
        ...(streamed && { "text/event-stream": { schema: { type: "string" } } }),
      },
    }];
  });
  const refusals = refusalsOf(route).map(([status, description]) => [status, {
    description,
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  }]);
  return Object.fromEntries([...answers, ...refusals]);
}

/** The document's dialect is OpenAPI's own, which takes all of ours. */
function withoutDialect({ $schema: _, ...schema }: Schema): Schema {
  return schema;
}
