/** Snapshots of the tool lists, which show changes in reviews. */

import { createInventory, DEFAULT_SELECTION, type Selection } from "../src/mcp/mod.ts";
import { tools } from "../src/tools/mod.ts";

/** The configurations in the snapshot. */
export const CONFIGURATIONS: Record<string, Partial<Selection>> = {
  default: {},
  all: { toolsets: ["all"] },
  "read-only": { readOnly: true },
  "kebab-case": { naming: "kebab-case" },
};

/** Returns the tool list of a configuration. */
export function listOf(configuration: string) {
  return createInventory(tools, { ...DEFAULT_SELECTION, ...CONFIGURATIONS[configuration] })
    .listed();
}

/**
 * Returns the snapshot: every tool as TOOLSETS=all lists it, and the names in each configuration, as
 * schemas do not depend on the configuration.
 */
export function toolListsSnapshot(): string {
  const names = Object.keys(CONFIGURATIONS).map((configuration) => [
    configuration,
    listOf(configuration).map(({ name }) => name),
  ]);
  const complete = listOf("all").map(({ name, ...rest }) => [name, rest]);
  return `${
    JSON.stringify(
      { lists: Object.fromEntries(names), tools: Object.fromEntries(complete) },
      null,
      2,
    )
  }\n`;
}
