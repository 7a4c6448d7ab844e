/** The tool lists of the configurations that people have, in a form in which a change is seen in review. */

import { createInventory, DEFAULT_SELECTION, type Selection } from "../src/mcp/mod.ts";
import { tools } from "../src/tools/mod.ts";

/** What clients are shown by each of these settings. */
export const CONFIGURATIONS: Record<string, Partial<Selection>> = {
  default: {},
  all: { TOOLSETS: ["all"] },
  "read-only": { READ_ONLY: true },
  "kebab-case": { TOOL_NAMING: "kebab-case" },
};

export function listOf(configuration: string) {
  return createInventory(tools, { ...DEFAULT_SELECTION, ...CONFIGURATIONS[configuration] })
    .listed();
}

/**
 * Every tool whole, as TOOLSETS=all lists it, and the names that each configuration lists; schemas
 * do not depend on it.
 */
export function toolListsSnapshot(): string {
  const names = Object.keys(CONFIGURATIONS).map((configuration) => [
    configuration,
    listOf(configuration).map(({ name }) => name),
  ]);
  const whole = listOf("all").map(({ name, ...rest }) => [name, rest]);
  return `${
    JSON.stringify({ lists: Object.fromEntries(names), tools: Object.fromEntries(whole) }, null, 2)
  }\n`;
}
