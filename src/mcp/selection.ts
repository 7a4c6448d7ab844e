/** Which tools are served, by which of their names: what the settings about tools come to. */

import { UsageError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { DEFAULT_TOOLSETS, type Tool, TOOLSETS } from "../tools/define_tool.ts";
import { aliasesOf, type Naming } from "./names.ts";

/** The settings about tools. */
export interface Selection {
  /** Toolsets; `default` and `all` stand for several. */
  TOOLSETS: readonly string[];
  /** Tools, by any of their names. */
  TOOLS_EXCLUDE: readonly string[];
  READ_ONLY: boolean;
  TOOL_NAMING: Naming;
}

/** What is served where nobody says otherwise. */
export const DEFAULT_SELECTION: Selection = {
  TOOLSETS: ["default"],
  TOOLS_EXCLUDE: [],
  READ_ONLY: false,
  TOOL_NAMING: "snake_case",
};

/** Says of a tool what keeps it out and how to change that; undefined of one that is served. */
export type ExclusionReason = (tool: Tool) => string | undefined;

/** @throws {UsageError} for a toolset or a tool that there is not */
export function exclusionReason(tools: readonly Tool[], selection: Selection): ExclusionReason {
  const toolsets = toolsetsOf(selection.TOOLSETS);
  const excluded = excludedOf(tools, selection.TOOLS_EXCLUDE);
  return (tool) => {
    if (!toolsets.has(tool.toolset)) {
      const names = [...selection.TOOLSETS, tool.toolset].join(",");
      return `It is in the toolset "${tool.toolset}": TOOLSETS=${names} would add it.`;
    }
    if (excluded.has(tool)) return "TOOLS_EXCLUDE names it: without that it would be there.";
    if (selection.READ_ONLY && !tool.hints?.readOnly) {
      return "It writes, and this server only reads: READ_ONLY=false would add it.";
    }
    return undefined;
  };
}

const GROUPS: Record<string, readonly string[]> = { default: DEFAULT_TOOLSETS, all: TOOLSETS };

function toolsetsOf(names: readonly string[]): Set<string> {
  const known = [...Object.keys(GROUPS), ...TOOLSETS];
  return new Set(names.flatMap((name) => {
    if (!known.includes(name)) throw unknownName("TOOLSETS", "toolset", name, known);
    return GROUPS[name] ?? [name];
  }));
}

function excludedOf(tools: readonly Tool[], names: readonly string[]): Set<Tool> {
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
  kind: string,
  name: string,
  known: Iterable<string>,
): UsageError {
  const like = nearest(name, known);
  const hint = like !== undefined
    ? `did you mean "${like}"?`
    : kind === "toolset"
    ? `there are ${[...known].join(", ")}`
    : "docs/server.md has their names";
  return new UsageError(`${setting} names the ${kind} "${name}", which does not exist; ${hint}`);
}
