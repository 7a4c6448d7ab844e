/** The names that a tool answers to: its own, and those that users of other servers typed for it. */

import type { Tool } from "../tools/define_tool.ts";

type Named = Pick<Tool, "name" | "aliases" | "kebabName">;

/** Which of its names a tool is listed by. */
export type Naming = "snake_case" | "kebab-case";

/** What others say for our verbs. */
const VERB_ALIASES: Record<string, string> = { get: "retrieve", modify: "update" };
const KEBAB_VERBS: Record<string, string> = { modify: "update" };

/**
 * The aliases of a tool: `retrieve_x` for `get_x`, `update_x` for `modify_x`, the name in
 * kebab-case, the resource-first name (`assistant-create`, `run-step-list`), and its own.
 */
export function aliasesOf(tool: Named): string[] {
  const { name, aliases = [] } = tool;
  const [verb = "", ...rest] = name.split("_");
  const alias = VERB_ALIASES[verb];
  const names = new Set([...aliases, name.replaceAll("_", "-")]);
  if (alias !== undefined) names.add([alias, ...rest].join("_"));
  names.add(resourceFirst(tool));
  names.delete(name);
  return [...names];
}

/** The name by which a tool is listed. */
export function listedName(tool: Named, naming: Naming): string {
  return naming === "kebab-case" ? resourceFirst(tool) : tool.name;
}

function resourceFirst({ name, kebabName }: Named): string {
  const [verb = "", ...rest] = name.split("_");
  if (kebabName !== undefined || rest.length === 0) return kebabName ?? name;
  return `${rest.join("-").replace(/s$/, "")}-${KEBAB_VERBS[verb] ?? verb}`;
}
