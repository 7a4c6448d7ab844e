/** Tool names: the canonical name, and the names that other servers use for the same tool. */

import type { Tool } from "../tools/define_tool.ts";

type NamedTool = Pick<Tool, "name" | "aliases" | "kebabName">;

/** The style of the names in the tool list. */
export type Naming = "snake_case" | "kebab-case";

/** Other servers' words for our verbs. */
const VERB_ALIASES: Record<string, string> = { get: "retrieve", modify: "update" };
const KEBAB_VERBS: Record<string, string> = { modify: "update" };

/**
 * Returns the aliases of a tool: `retrieve_x` for `get_x`, `update_x` for `modify_x`, the name in
 * kebab-case, the resource-first name (`assistant-create`, `run-step-list`), and its own `aliases`.
 */
export function aliasesOf(tool: NamedTool): string[] {
  const { name, aliases = [] } = tool;
  const [verb = "", ...rest] = name.split("_");
  const alias = VERB_ALIASES[verb];
  const names = new Set([...aliases, name.replaceAll("_", "-")]);
  if (alias !== undefined) names.add([alias, ...rest].join("_"));
  names.add(resourceFirst(tool));
  names.delete(name);
  return [...names];
}

/** Returns the name by which a tool is listed. */
export function listedName(tool: NamedTool, naming: Naming): string {
  return naming === "kebab-case" ? resourceFirst(tool) : tool.name;
}

function resourceFirst({ name, kebabName }: NamedTool): string {
  const [verb = "", ...rest] = name.split("_");
  if (kebabName !== undefined || rest.length === 0) return kebabName ?? name;
  return `${rest.join("-").replace(/s$/, "")}-${KEBAB_VERBS[verb] ?? verb}`;
}
