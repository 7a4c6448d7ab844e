/** The inventory: the tools that the server offers, found by any of their names. */

import type { Tool as ListedTool } from "@modelcontextprotocol/server";
import type { Tool } from "../tools/define_tool.ts";
import { listedInputSchema, listedOutputSchema } from "../tools/schemas/json_schema.ts";
import { nearest } from "../shared/nearest.ts";
import { instructionsFor } from "./instructions.ts";
import { aliasesOf, listedName } from "./names.ts";
import { DEFAULT_SELECTION, exclusionReason, type Selection } from "./selection.ts";

/** The tools that the server offers. */
export interface Inventory {
  /** The selected tools. */
  tools: readonly Tool[];
  /** Returns the tool with this name or alias. */
  find(name: string): Tool | undefined;
  /**
   * Returns what to do about a name that `find()` does not know: the setting that would add the tool,
   * or the nearest name. Undefined if there is nothing to suggest.
   */
  suggestionFor(name: string): Promise<string | undefined>;
  /** Returns the result of `tools/list`, built on the first call. */
  listed(): ListedTool[];
  /** Returns the name by which a tool is listed; undefined if it is not selected. */
  listedName(name: string): string | undefined;
  /** Returns the server's instructions to the model, built on the first call. */
  instructions(): string;
}

/**
 * Returns the inventory of the selected tools.
 *
 * @param loadFurther loads tools that the selection leaves out, for suggestions only
 * @throws {Error} if two tools share a name
 * @throws {UsageError} if the selection names an unknown toolset or tool
 */
export function createInventory(
  all: readonly Tool[],
  selection: Selection = DEFAULT_SELECTION,
  loadFurther: () => Promise<readonly Tool[]> = () => Promise.resolve([]),
): Inventory {
  const reasonOf = exclusionReason(all, selection);
  const tools = all.filter((tool) => reasonOf(tool) === undefined);
  const [served, excluded] = [new Map<string, Tool>(), new Map<string, Tool>()];
  for (const tool of all) {
    const byName = reasonOf(tool) === undefined ? served : excluded;
    for (const name of [tool.name, ...aliasesOf(tool)]) {
      if (served.has(name) || excluded.has(name)) throw new Error(`Two tools answer to "${name}".`);
      byName.set(name, tool);
    }
  }
  function nameListed(name: string): string | undefined {
    const tool = served.get(name);
    return tool && listedName(tool, selection.naming);
  }

  let listed: ListedTool[] | undefined;
  let instructions: string | undefined;
  return {
    tools,
    find: (name) => served.get(name),
    async suggestionFor(name) {
      const tool = excluded.get(name) ??
        (await loadFurther()).find((tool) => [tool.name, ...aliasesOf(tool)].includes(name));
      if (tool !== undefined) return reasonOf(tool);
      const like = nearest(name, served.keys());
      return like && `Did you mean "${like}"?`;
    },
    listed: () => listed ??= tools.map((tool) => toListed(tool, nameListed)),
    listedName: nameListed,
    instructions: () => instructions ??= instructionsFor(nameListed),
  };
}

function toListed(tool: Tool, nameListed: (name: string) => string | undefined): ListedTool {
  const { readOnly = false, destructive = false, idempotent = false, openWorld = false } =
    tool.hints ?? {};
  return {
    name: nameListed(tool.name) ?? tool.name,
    title: tool.title,
    // Clients call tools by their listed names, so descriptions must use those.
    description: tool.description.replace(
      /\b[a-z]+(?:_[a-z]+)+\b/g,
      (word) => nameListed(word) ?? word,
    ),
    inputSchema: listedInputSchema(tool) as ListedTool["inputSchema"],
    outputSchema: listedOutputSchema(tool) as ListedTool["outputSchema"],
    annotations: {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      // MCP defines this hint for tools that write only, and false is its default.
      ...(idempotent && !readOnly && { idempotentHint: true }),
      openWorldHint: openWorld,
    },
  };
}
