/** Public API of the MCP layer: an inventory of tools in, protocol servers out. */

export { parseArguments } from "./arguments.ts";
export { type Backend, type CallListener, callTool, type Service } from "./call_tool.ts";
export { ActiveCalls, type CallLimits } from "./active_calls.ts";
export { Confirmations, type ConfirmMode } from "./confirmations.ts";
export { detectEra, type Era, isLegacyVersion, isRequest, MODERN_VERSION } from "./protocol_era.ts";
export { createInventory, type Inventory } from "./inventory.ts";
export { createToolsListResponder } from "./list_tools.ts";
export { DEFAULT_SELECTION, type Selection } from "./selection.ts";
export { objectResult } from "./results.ts";
export { createServerFactory, type ServerFactory } from "./server_factory.ts";
export { createServer } from "./server.ts";
