/** Selects the tools to serve. */

import { UsageError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { DEFAULT_TOOLSETS, type Tool, TOOLSETS } from "../tools/define_tool.ts";
import { aliasesOf, type Naming } from "./names.ts";

/** Which tools to serve, and by which names to list them. */
export interface Selection {
  /** Names of toolsets; `default` and `all` are groups of them. */
  toolsets: readonly string[];
  /** Tools to leave out, by any of their names. */
  excludedTools: readonly string[];
  /** Whether to serve read-only tools only. */
  readOnly: boolean;
  naming: Naming;
}

export const DEFAULT_SELECTION: Selection = {
  toolsets: ["default"],
  excludedTools: [],
  readOnly: false,
  naming: "snake_case",
};

/** Returns why a tool is not served and how to change that; undefined for a tool that is served. */
export type ExclusionReason = (tool: Tool) => string | undefined;

/** @throws {UsageError} if the selection names an unknown toolset or tool */
export function exclusionReason(tools: readonly Tool[], selection: Selection): ExclusionReason {
  const toolsets = expandToolsets(selection.toolsets);
  const excluded = findTools(tools, selection.excludedTools);
  return (tool) => {
    if (!toolsets.has(tool.toolset)) {
      const names = [...selection.toolsets, tool.toolset].join(",");
      return `It is in the toolset "${tool.toolset}": TOOLSETS=${names} would add it.`;
    }
    if (excluded.has(tool)) return "TOOLS_EXCLUDE names it; otherwise it would be served.";
    if (selection.readOnly && !tool.hints?.readOnly) {
      return "It writes, and this server only reads: READ_ONLY=false would add it.";
    }
    return undefined;
  };
}

const GROUPS: Record<string, readonly string[]> = { default: DEFAULT_TOOLSETS, all: TOOLSETS };

function expandToolsets(names: readonly string[]): Set<string> {
  const known = [...Object.keys(GROUPS), ...TOOLSETS];
  return new Set(names.flatMap((name) => {
    if (!known.includes(name)) throw unknownName("TOOLSETS", "toolset", name, known);
    return GROUPS[name] ?? [name];
  }));
}

function findTools(tools: readonly Tool[], names: readonly string[]): Set<Tool> {
  const byName = new Map(
    tools.flatMap((tool) => [tool.name, ...aliasesOf(tool)].map((name) => [name, tool])),
  );
  return new Set(names.map((name) => {
    const tool = byName.get(name);
    if (tool === undefined) throw unknownName("TOOLS_EXCLUDE", "tool", name, byName.keys());
    return tool;
  }));
}

function unknownName(
  setting: string,
  kind: "toolset" | "tool",
  name: string,
  known: Iterable<string>,
): UsageError {
  const like = nearest(name, known);
  const suggestion = like !== undefined
    ? `did you mean "${like}"?`
    : kind === "toolset"
    ? `there are ${[...known].join(", ")}`
    : "docs/tools.md has their names";
  return new UsageError(
    `${setting} names the ${kind} "${name}", which does not exist; ${suggestion}`,
  );
}
