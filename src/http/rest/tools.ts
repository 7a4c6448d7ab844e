/** POST /mcp/tools and /mcp/call: the tools for programs that speak no MCP. */

import { ApiError } from "../../shared/errors.ts";
import { callTool, objectResult, type Service } from "../../mcp/mod.ts";
import type { Tool } from "../../tools/define_tool.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { readJson, readObject } from "./body.ts";
import type { CallerRoute, Schema } from "./route.ts";

export interface ToolRouteOptions {
  service: Service;
  body: BodyLimits;
  /** @throws {ApiError} 503 where the store cannot be read */
  needStore(): Promise<void>;
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

export function createToolRoutes(options: ToolRouteOptions): CallerRoute[] {
  const { service, body: limits, needStore } = options;
  let listed: string | undefined;
  return [
    {
      method: "POST",
      path: "/mcp/tools",
      summary: "List the tools",
      answers: { 200: { description: "The tools, as MCP lists them", schema: toolsSchema } },
      refusals: [],
      async answer(request) {
        await readJson(request, limits);
        await needStore();
        listed ??= JSON.stringify({ tools: service.inventory.listed() });
        return new Response(listed, { headers: { "content-type": "application/json" } });
      },
    },
    {
      method: "POST",
      path: "/mcp/call",
      summary: "Call a tool",
      description: "The arguments are the body. A call that takes long answers in time with what " +
        "there is, and says how to go on.",
      query: [{ name: "tool_name", required: true, description: "Its name, or an alias" }],
      body: {
        required: false,
        schema: { type: "object", additionalProperties: true },
        example: { name: "Guide", instructions: "You explain APIs briefly and plainly." },
      },
      answers: { 200: { description: "What the tool answers", schema: resultSchema } },
      refusals: [404, 409, 502, 504],
      async answer(request, credential) {
        const args = await readObject(request, limits);
        const tool = await toolOf(request, service);
        await needStore();
        const called = await callTool(service, credential, { tool, args, signal: request.signal });
        const { content, structuredContent } = objectResult(called.result, called.blocks);
        return Response.json({ result: content, structuredContent });
      },
    },
  ];
}

/** @throws {ApiError} 400 where the address names no tool, 404 for one that there is not */
async function toolOf({ url }: Request, { inventory }: Service): Promise<Tool> {
  const name = new URL(url).searchParams.get("tool_name") ?? "";
  if (name === "") {
    throw new ApiError("Name the tool in the address: /mcp/call?tool_name=create_thread.", {
      status: 400,
      code: "missing_required_parameter",
      param: "tool_name",
    });
  }
  const tool = inventory.find(name);
  if (tool !== undefined) return tool;
  const hint = await inventory.hint(name) ?? "POST /mcp/tools lists them.";
  throw new ApiError(`Unknown tool "${name}". ${hint}`, {
    status: 404,
    code: "unknown_tool",
    param: "tool_name",
  });
}
