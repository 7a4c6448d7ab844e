/** The OpenAPI 3.1 document of the REST routes. */

import { VERSION } from "../../shared/version.ts";
import type { Route, Schema } from "./route.ts";

/** The meaning of each error status. */
const ERRORS: Record<number, string> = {
  400: "The request is malformed",
  401: "The token or key is missing or wrong",
  403: "The Host or Origin is not allowed",
  404: "The path or the object does not exist",
  405: "The path needs another method",
  408: "The body did not arrive in time",
  409: "The state of the object does not allow the request",
  413: "The body is too large",
  415: "The content type is not JSON",
  422: "The body is JSON, but not valid for the route",
  429: "Too many requests or calls; Retry-After says when to retry",
  500: "The server failed",
  502: "The model server failed or cannot be reached",
  503: "The server cannot handle the request now",
  504: "The work was not finished in time",
};

const STATUSES_OF_ALL_ROUTES = [403, 405, 500];
const STATUSES_OF_CALLER_ROUTES = [400, 401, 408, 413, 415, 422, 429, 503];

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

/** Returns the document. */
export function openApiDocument(routes: readonly Route[]): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: {
      title: "assistants-mcp",
      version: VERSION,
      description: "OpenAI assistants over plain HTTP. MCP is at /mcp.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    // The server's settings decide which one is required, if any.
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
          description: "The server's token, or an OpenAI API key if callers bring their own keys",
        },
        key: {
          type: "apiKey",
          in: "header",
          name: "X-OpenAI-API-Key",
          description: "The caller's OpenAI API key, if callers bring their own keys",
        },
      },
    },
  };
}

/** Returns the error statuses of a route in order, each with its meaning. */
export function errorsOf(
  { open, errorStatuses, responses }: Route,
): [status: number, meaning: string][] {
  const all = new Set([
    ...STATUSES_OF_ALL_ROUTES,
    ...(open ? [] : STATUSES_OF_CALLER_ROUTES),
    ...errorStatuses,
  ]);
  return [...all].filter((status) => !(status in responses)).toSorted((a, b) => a - b)
    .map((status) => [status, ERRORS[status] ?? ""]);
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
    responses: allResponses(route),
  };
}

function allResponses(route: Route): Record<string, unknown> {
  const responses = Object.entries(route.responses).map(([status, response]) => {
    const { description, schema, type = "application/json", streamed } = response;
    return [status, {
      description,
      content: {
        [type]: schema === undefined ? {} : { schema: withoutDialect(schema) },
        ...(streamed && { "text/event-stream": { schema: { type: "string" } } }),
      },
    }];
  });
  const errors = errorsOf(route).map(([status, description]) => [status, {
    description,
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  }]);
  return Object.fromEntries([...responses, ...errors]);
}

/** OpenAPI has its own JSON Schema dialect, which includes all that these schemas use. */
function withoutDialect({ $schema: _, ...schema }: Schema): Schema {
  return schema;
}
