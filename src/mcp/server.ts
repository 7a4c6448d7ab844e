/** One MCP server over the inventory: the SDK speaks the protocol, the tools do the work. */

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
import { callTool, type Listener, type Service, type ToolCall } from "./call_tool.ts";
import { MODERN_VERSION } from "./era.ts";
import type { Inventory } from "./inventory.ts";
import { Progress } from "./progress.ts";
import { errorResult, objectResult } from "./results.ts";

export const SERVER_INFO = {
  name: "assistants-mcp",
  title: "OpenAI assistants",
  version: VERSION,
  icons: [{ src: icon(), mimeType: "image/svg+xml", sizes: ["any"] }],
};

/** How long a client may keep the tool list, which a process never changes. */
export const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** A server for one connection or one request of this credential. */
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
  addReading(server, service, credential);
  return server;
}

/** Resources, prompts and completion, which are loaded with the first question about them. */
function addReading(server: Server, service: Service, credential: Credential): void {
  const reading = () => import("./resources_and_prompts.ts");
  const contextOf = ({ mcpReq }: ServerContext) => async (): Promise<ResourceContext> => {
    const { openai } = await service.backendOf(credential);
    return { openai, signal: mcpReq.signal };
  };
  server.setRequestHandler("resources/list", async () => await (await reading()).listResources());
  server.setRequestHandler(
    "resources/templates/list",
    async () => await (await reading()).listTemplates(),
  );
  server.setRequestHandler(
    "resources/read",
    async ({ params }, context) =>
      await (await reading()).readResource(params.uri, contextOf(context)),
  );
  server.setRequestHandler("prompts/list", async () => await (await reading()).listPrompts());
  server.setRequestHandler(
    "prompts/get",
    async ({ params }) => await (await reading()).getPrompt(params.name, params.arguments ?? {}),
  );
  server.setRequestHandler("completion/complete", async ({ params }, context) => {
    const { complete } = await import("./completions.ts");
    return await complete(params, contextOf(context));
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

function listenerOf({ mcpReq }: ServerContext): Listener | undefined {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  const progress = new Progress((progress, message) =>
    mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress, message },
    })
  );
  return {
    // A status ends its line, so that text which is sent along begins a new one.
    hear: (step) => progress.push("text" in step ? step.text : `${step.status}\n`),
    end: () => progress.end(),
  };
}

async function unknownTool(inventory: Inventory, name: string): Promise<ProtocolError> {
  const hint = await inventory.hint(name) ?? "tools/list shows what exists.";
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool "${name}". ${hint}`);
}

/** A speech bubble. It goes out with every answer of 2026-07-28, so it is small. */
function icon(): string {
  const path = '<path fill="#0a7" d="M2 2h12v9H7l-3 3v-3H2z"/>';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${path}</svg>`;
  return `data:image/svg+xml;base64,${btoa(svg)}`;
}
