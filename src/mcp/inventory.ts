/** The inventory: every tool that is served once, found by any of its names, listed by one. */

import type { Tool as ListedTool } from "@modelcontextprotocol/server";
import type { Tool } from "../tools/define_tool.ts";
import { listedInputSchema, listedOutputSchema } from "../tools/schemas/json_schema.ts";
import { nearest } from "../shared/nearest.ts";
import { instructionsFor } from "./instructions.ts";
import { aliasesOf, listedName } from "./names.ts";
import { DEFAULT_SELECTION, exclusionReason, type Selection } from "./selection.ts";

export interface Inventory {
  /** Those that are served. */
  tools: readonly Tool[];
  /** The tool of a name or an alias. */
  find(name: string): Tool | undefined;
  /** Of a name that is not served: what was meant, or what would add it; undefined for any other. */
  hint(name: string): Promise<string | undefined>;
  /** What `tools/list` shows, made on the first call. */
  listed(): ListedTool[];
  /** The name by which a tool is listed; undefined for one that is not. */
  listedName(name: string): string | undefined;
  /** What a model is told of the server as a whole, made on the first call. */
  instructions(): string;
}

/**
 * @param further tools that the selection leaves out, which only a hint has to know
 * @throws {Error} when two tools answer to one name
 * @throws {UsageError} when the selection names what there is not
 */
export function createInventory(
  all: readonly Tool[],
  selection: Selection = DEFAULT_SELECTION,
  further: () => Promise<readonly Tool[]> = () => Promise.resolve([]),
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
    async hint(name) {
      const tool = excluded.get(name) ??
        (await further()).find((tool) => [tool.name, ...aliasesOf(tool)].includes(name));
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
    // A client calls what is listed, so that is what a description has to name.
    description: tool.description.replace(
      /\b[a-z]+(?:_[a-z]+)+\b/g,
      (word) => nameListed(word) ?? word,
    ),
    inputSchema: listedInputSchema(tool) as ListedTool["inputSchema"],
    outputSchema: listedOutputSchema(tool) as ListedTool["outputSchema"],
    annotations: {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      // Of what only reads this says nothing, and false is what it is where it does not stand.
      ...(idempotent && !readOnly && { idempotentHint: true }),
      openWorldHint: openWorld,
    },
  };
}
