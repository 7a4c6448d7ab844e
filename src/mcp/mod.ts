/** The door of the MCP layer: an inventory of tools in, protocol servers out. */

export { parseArguments } from "./arguments.ts";
export { type Backend, callTool, type Service } from "./call_tool.ts";
export { type CallLimits, Calls } from "./call_limits.ts";
export { Confirmations, type ConfirmMode } from "./confirm.ts";
export { type Era, isLegacyVersion, isRequest, MODERN_VERSION, plainEra } from "./era.ts";
export { createInventory, type Inventory } from "./inventory.ts";
export { createAnswerList } from "./list_tools.ts";
export { DEFAULT_SELECTION, type Selection } from "./selection.ts";
export { objectResult } from "./results.ts";
export { type Served, serveInventory } from "./server_factory.ts";
export { createServer } from "./server.ts";
