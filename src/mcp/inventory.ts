/** The inventory: every tool once, found by any of its names, listed by its own. */

import type { Tool as ListedTool } from "@modelcontextprotocol/server";
import type { Tool } from "../tools/define_tool.ts";
import { listedInputSchema, listedOutputSchema } from "../tools/json_schema.ts";
import { nearest } from "../nearest.ts";
import { aliasesOf } from "./names.ts";

export interface Inventory {
  tools: readonly Tool[];
  /** The tool of a name or an alias. */
  find(name: string): Tool | undefined;
  /** The listed name most like one that does not exist. */
  nearest(name: string): string | undefined;
  /** What `tools/list` shows, made on the first call. */
  listed(): ListedTool[];
}

/** @throws {Error} when two tools answer to one name */
export function createInventory(tools: readonly Tool[]): Inventory {
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    for (const name of [tool.name, ...aliasesOf(tool)]) {
      if (byName.has(name)) throw new Error(`Two tools answer to "${name}".`);
      byName.set(name, tool);
    }
  }
  let listed: ListedTool[] | undefined;
  return {
    tools,
    find: (name) => byName.get(name),
    nearest: (name) => nearest(name, byName.keys()),
    listed: () => listed ??= tools.map(toListed),
  };
}

function toListed(tool: Tool): ListedTool {
  const { readOnly = false, destructive = false, idempotent = false, openWorld = false } =
    tool.hints ?? {};
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: listedInputSchema(tool) as ListedTool["inputSchema"],
    outputSchema: listedOutputSchema(tool) as ListedTool["outputSchema"],
    annotations: {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      idempotentHint: idempotent,
      openWorldHint: openWorld,
    },
  };
}
