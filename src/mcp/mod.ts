/** The door of the MCP layer: an inventory of tools in, protocol servers out. */

export { Calls } from "./calls.ts";
export { type Era, isRequest, MODERN_VERSION, plainEra } from "./era.ts";
export { createInventory, type Inventory } from "./inventory.ts";
export { type AnswerList, createAnswerList } from "./list_tools.ts";
export { createServer, type Service } from "./server.ts";
