/** The names that a tool answers to: its own, and those that users of other servers typed for it. */

import type { Tool } from "../tools/define_tool.ts";

const VERBS: Record<string, { alias?: string; kebab: string }> = {
  create: { kebab: "create" },
  list: { kebab: "list" },
  get: { alias: "retrieve", kebab: "get" },
  modify: { alias: "update", kebab: "update" },
  delete: { kebab: "delete" },
  cancel: { kebab: "cancel" },
};

/**
 * The aliases of a tool: `retrieve_x` for `get_x`, `update_x` for `modify_x`, the name in
 * kebab-case, the resource-first name (`assistant-create`, `run-step-list`), and its own.
 */
export function aliasesOf({ name, aliases = [] }: Pick<Tool, "name" | "aliases">): string[] {
  const names = new Set(aliases);
  names.add(name.replaceAll("_", "-"));
  const [verb = "", ...rest] = name.split("_");
  const known = VERBS[verb];
  if (known) {
    if (known.alias) names.add([known.alias, ...rest].join("_"));
    names.add(`${rest.join("-").replace(/s$/, "")}-${known.kebab}`);
  }
  names.delete(name);
  return [...names];
}
