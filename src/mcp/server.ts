/** One MCP server over the inventory: the SDK speaks the protocol, the tools do the work. */

import { getLogger } from "@logtape/logtape";
import {
  type CallToolRequest,
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/server";
import type { Jobs } from "../jobs/mod.ts";
import { toApiError } from "../openai/errors.ts";
import type { Clients, Credential } from "../openai/mod.ts";
import type { Tool } from "../tools/define_tool.ts";
import { VERSION } from "../version.ts";
import { parseArguments } from "./arguments.ts";
import type { Calls } from "./calls.ts";
import { MODERN_VERSION } from "./era.ts";
import type { Inventory } from "./inventory.ts";
import { Progress } from "./progress.ts";
import { errorResult, objectResult } from "./results.ts";

/** What every call needs, whoever calls. */
export interface Service {
  inventory: Inventory;
  clients: Clients;
  jobs: Pick<Jobs, "of">;
  defaultModel: string;
  /** The longest wait of one call, in seconds. */
  waitS: number;
  /** The calls under way. */
  calls: Calls;
}

export const SERVER_INFO = { name: "assistants-mcp", title: "OpenAI assistants", version: VERSION };

/** How long a client may keep the tool list, which a process never changes. */
export const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

const INSTRUCTIONS =
  "OpenAI assistants with threads, messages and runs. ask_assistant does a whole turn in one call; " +
  "pass its thread_id to go on. create_run starts a run, wait_for_run follows it, " +
  "submit_tool_outputs answers its function calls. " +
  "ask_openai asks a model without an assistant.";

const logger = getLogger(["assistants-mcp", "mcp"]);

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
    (request, context) => callTool(service, credential, request, context),
  );
  return server;
}

async function callTool(
  service: Service,
  credential: Credential,
  { params }: CallToolRequest,
  context: ServerContext,
): Promise<CallToolResult> {
  const tool = service.inventory.find(params.name);
  if (tool === undefined) throw unknownTool(service.inventory, params.name);
  const startedAt = performance.now();
  const progress = progressOf(context);
  const leave = service.calls.enter();
  try {
    const result = await runTool(
      service,
      credential,
      tool,
      params.arguments ?? {},
      context,
      progress,
    );
    log(tool, startedAt, "ok");
    return objectResult(result);
  } catch (error) {
    const refusal = toApiError(error);
    log(tool, startedAt, String(refusal.status));
    return errorResult(refusal);
  } finally {
    await progress?.end();
    leave();
  }
}

async function runTool(
  service: Service,
  credential: Credential,
  tool: Tool,
  sent: Record<string, unknown>,
  context: ServerContext,
  progress: Progress | undefined,
): Promise<object> {
  const args = parseArguments(tool, sent);
  return await tool.run(args, {
    openai: await service.clients.of(credential),
    signal: context.mcpReq.signal,
    progress: (text) => progress?.push(text),
    jobs: service.jobs.of(credential.tenant),
    defaultModel: service.defaultModel,
    waitS: service.waitS,
  });
}

function progressOf({ mcpReq }: ServerContext): Progress | undefined {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return new Progress((progress, message) =>
    mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress, message },
    })
  );
}

function unknownTool(inventory: Inventory, name: string): ProtocolError {
  const like = inventory.nearest(name);
  const hint = like === undefined ? "tools/list shows what exists." : `Did you mean "${like}"?`;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool "${name}". ${hint}`);
}

function log(tool: Tool, startedAt: number, outcome: string): void {
  logger.debug("{tool} {outcome} in {ms} ms", {
    tool: tool.name,
    outcome,
    ms: Math.round(performance.now() - startedAt),
  });
}
