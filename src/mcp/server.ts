/** One MCP server over the inventory: the SDK speaks the protocol, the tools do the work. */

import {
  type CallToolRequest,
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/server";
import { toApiError } from "../openai/errors.ts";
import type { Credential } from "../openai/mod.ts";
import { VERSION } from "../version.ts";
import { callTool, type Listener, type Service } from "./call_tool.ts";
import { MODERN_VERSION } from "./era.ts";
import type { Inventory } from "./inventory.ts";
import { Progress } from "./progress.ts";
import { errorResult, objectResult } from "./results.ts";

export const SERVER_INFO = { name: "assistants-mcp", title: "OpenAI assistants", version: VERSION };

/** How long a client may keep the tool list, which a process never changes. */
export const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

const INSTRUCTIONS =
  "OpenAI assistants with threads, messages and runs. ask_assistant does a whole turn in one call; " +
  "pass its thread_id to go on. create_run starts a run, wait_for_run follows it, " +
  "submit_tool_outputs answers its function calls. " +
  "ask_openai asks a model without an assistant.";

/** A server for one connection or one request of this credential. */
export function createServer(service: Service, credential: Credential): Server {
  const server = new Server(SERVER_INFO, {
    capabilities: { tools: {} },
    instructions: INSTRUCTIONS,
    supportedProtocolVersions: [MODERN_VERSION, ...SUPPORTED_PROTOCOL_VERSIONS],
    cacheHints: { "tools/list": LIST_CACHE },
  });
  server.setRequestHandler("tools/list", () => ({ tools: service.inventory.listed() }));
  server.setRequestHandler(
    "tools/call",
    (request, context) => answerCall(service, credential, request, context),
  );
  return server;
}

async function answerCall(
  service: Service,
  credential: Credential,
  { params }: CallToolRequest,
  context: ServerContext,
): Promise<CallToolResult> {
  const tool = service.inventory.find(params.name);
  if (tool === undefined) throw unknownTool(service.inventory, params.name);
  try {
    const result = await callTool(service, credential, {
      tool,
      args: params.arguments ?? {},
      signal: context.mcpReq.signal,
      listener: listenerOf(context),
    });
    return objectResult(result);
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

function unknownTool(inventory: Inventory, name: string): ProtocolError {
  const like = inventory.nearest(name);
  const hint = like === undefined ? "tools/list shows what exists." : `Did you mean "${like}"?`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool "${name}". ${hint}`);
}
