/** POST /mcp/tools and /mcp/call: the tools for programs without MCP. */

import { ApiError } from "../../shared/errors.ts";
import { callTool, objectResult, type Service } from "../../mcp/mod.ts";
import type { Tool } from "../../tools/define_tool.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { readJson, readObject } from "./body.ts";
import type { CallerRoute, Schema } from "./route.ts";

/** What the routes need. */
export interface ToolRouteOptions {
  service: Service;
  bodyLimits: BodyLimits;
  /** @throws {ApiError} 503 if the store cannot be read */
  assertStoreReachable(): Promise<void>;
}

const toolsSchema: Schema = {
  type: "object",
  properties: {
    tools: {
      type: "array",
      items: {
        type: "object",
        properties: {
          name: { type: "string" },
          description: { type: "string" },
          inputSchema: { type: "object" },
          outputSchema: { type: "object" },
        },
        required: ["name", "inputSchema"],
      },
    },
  },
  required: ["tools"],
};

const resultSchema: Schema = {
  type: "object",
  properties: {
    result: {
      type: "array",
      items: {
        type: "object",
        properties: { type: { type: "string" }, text: { type: "string" } },
        required: ["type"],
      },
    },
    structuredContent: { type: "object" },
  },
  required: ["result", "structuredContent"],
};

/** Creates both routes. */
export function createToolRoutes(options: ToolRouteOptions): CallerRoute[] {
  const { service, bodyLimits, assertStoreReachable } = options;
  let toolList: string | undefined;
  return [
    {
      method: "POST",
      path: "/mcp/tools",
      summary: "List the tools",
      responses: { 200: { description: "The tools, as MCP lists them", schema: toolsSchema } },
      errorStatuses: [],
      async handle(request) {
        await readJson(request, bodyLimits);
        await assertStoreReachable();
        toolList ??= JSON.stringify({ tools: service.inventory.listed() });
        return new Response(toolList, { headers: { "content-type": "application/json" } });
      },
    },
    {
      method: "POST",
      path: "/mcp/call",
      summary: "Call a tool",
      description: "The body contains the arguments. A call that takes long returns what it has " +
        "after some time, and says how to continue.",
      query: [{
        name: "tool_name",
        required: true,
        description: "The name of the tool, or an alias",
      }],
      body: {
        required: false,
        schema: { type: "object", additionalProperties: true },
        example: { name: "Guide", instructions: "You explain APIs briefly and plainly." },
      },
      responses: { 200: { description: "The result of the tool", schema: resultSchema } },
      errorStatuses: [404, 409, 502, 504],
      async handle(request, credential) {
        const args = await readObject(request, bodyLimits);
        const tool = await toolOf(request, service);
        await assertStoreReachable();
        const { result, blocks } = await callTool(service, credential, {
          tool,
          args,
          signal: request.signal,
        });
        const { content, structuredContent } = objectResult(result, blocks);
        return Response.json({ result: content, structuredContent });
      },
    },
  ];
}

/**
 * Finds the tool that the query names.
 *
 * @throws {ApiError} 400 if it names none, 404 if the tool does not exist
 */
async function toolOf({ url }: Request, { inventory }: Service): Promise<Tool> {
  const name = new URL(url).searchParams.get("tool_name") ?? "";
  if (name === "") {
    throw new ApiError("Name the tool in the query: /mcp/call?tool_name=create_thread.", {
      status: 400,
      code: "missing_required_parameter",
      param: "tool_name",
    });
  }
  const tool = inventory.find(name);
  if (tool !== undefined) return tool;
  const hint = await inventory.suggestionFor(name) ?? "POST /mcp/tools lists them.";
  throw new ApiError(`Unknown tool "${name}". ${hint}`, {
    status: 404,
    code: "unknown_tool",
    param: "tool_name",
  });
}
