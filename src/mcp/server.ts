/** An MCP server: the SDK speaks the protocol, and each handler calls one function of this layer. */

import {
  type CallToolRequest,
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/server";
import { toApiError } from "../upstream/errors.ts";
import type { Credential } from "../gateway/mod.ts";
import type { ResourceContext } from "../resources/mod.ts";
import { VERSION } from "../shared/version.ts";
import { truncateList } from "./_truncate_list.ts";
import { parseArguments } from "./arguments.ts";
import { type CallListener, callTool, type Service, type ToolCall } from "./call_tool.ts";
import { MODERN_VERSION } from "./protocol_era.ts";
import type { Inventory } from "./inventory.ts";
import { Progress } from "./progress.ts";
import { errorResult, objectResult } from "./results.ts";

export const SERVER_INFO = {
  name: "assistants-mcp",
  title: "OpenAI assistants",
  version: VERSION,
  icons: [{ src: icon(), mimeType: "image/svg+xml", sizes: ["any"] }],
};

/** How long clients may cache lists, which never change while the process runs. */
export const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** Returns a server for one connection or one request with this credential. */
export function createServer(service: Service, credential: Credential): Server {
  const server = new Server(SERVER_INFO, {
    capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} },
    instructions: service.inventory.instructions(),
    supportedProtocolVersions: [MODERN_VERSION, ...SUPPORTED_PROTOCOL_VERSIONS],
    cacheHints: {
      "tools/list": LIST_CACHE,
      "prompts/list": LIST_CACHE,
      "resources/list": LIST_CACHE,
      "resources/templates/list": LIST_CACHE,
    },
  });
  server.setRequestHandler("tools/list", () => ({ tools: service.inventory.listed() }));
  server.setRequestHandler(
    "tools/call",
    (request, context) => answerCall(server, service, credential, request, context),
  );
  addResourcesAndPrompts(server, service, credential);
  return server;
}

/** Registers resources, prompts and completion; their modules load with the first request. */
function addResourcesAndPrompts(server: Server, service: Service, credential: Credential): void {
  const load = () => import("./resources_and_prompts.ts");
  const contextGetter = ({ mcpReq }: ServerContext) => async (): Promise<ResourceContext> => {
    const { openai } = await service.backendOf(credential);
    return { openai, signal: mcpReq.signal };
  };
  server.setRequestHandler("resources/list", async () => await (await load()).listResources());
  server.setRequestHandler(
    "resources/templates/list",
    async () => await (await load()).listResourceTemplates(),
  );
  server.setRequestHandler(
    "resources/read",
    async ({ params }, context) =>
      await (await load()).readResource(params.uri, contextGetter(context)),
  );
  server.setRequestHandler("prompts/list", async () => await (await load()).listPrompts());
  server.setRequestHandler(
    "prompts/get",
    async ({ params }) => await (await load()).getPrompt(params.name, params.arguments ?? {}),
  );
  server.setRequestHandler("completion/complete", async ({ params }, context) => {
    const { complete } = await import("./completions.ts");
    return await complete(params, contextGetter(context));
  });
}

async function answerCall(
  server: Server,
  service: Service,
  credential: Credential,
  { params }: CallToolRequest,
  context: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const tool = service.inventory.find(params.name);
  if (tool === undefined) throw await unknownTool(service.inventory, params.name);
  const args = params.arguments ?? {};
  try {
    const { confirmations } = service;
    let confirmation: Pick<ToolCall, "parsedArgs" | "isConfirmed"> = {};
    if (confirmations?.covers(tool)) {
      const parsedArgs = parseArguments(tool, args);
      const call = { tool, args: parsedArgs, tenant: credential.tenant };
      const answer = await confirmations.ask(call, server, context);
      if (typeof answer !== "boolean") return answer;
      confirmation = { parsedArgs, isConfirmed: answer };
    }
    const { result, blocks } = await callTool(service, credential, {
      tool,
      args,
      ...confirmation,
      signal: context.mcpReq.signal,
      listener: listenerOf(context),
    });
    const name = service.inventory.listedName(tool.name) ?? tool.name;
    return objectResult(truncateList(result, { name, input: tool.input }), blocks);
  } catch (error) {
    return errorResult(toApiError(error));
  }
}

function listenerOf({ mcpReq }: ServerContext): CallListener | undefined {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  const progress = new Progress((progress, message) =>
    mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress, message },
    })
  );
  return {
    // Text that is sent together with a status starts on a line of its own.
    onProgress: (update) => progress.push("text" in update ? update.text : `${update.status}\n`),
    end: () => progress.end(),
  };
}

async function unknownTool(inventory: Inventory, name: string): Promise<ProtocolError> {
  const suggestion = await inventory.suggestionFor(name) ?? "tools/list shows the available tools.";
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `Unknown tool "${name}". ${suggestion}`,
  );
}

/** A speech bubble. It is small because every result of protocol 2026-07-28 includes it. */
function icon(): string {
  const path = '<path fill="#0a7" d="M2 2h12v9H7l-3 3v-3H2z"/>';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${path}</svg>`;
  return `data:image/svg+xml;base64,${btoa(svg)}`;
}
