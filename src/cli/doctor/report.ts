/** The report of `doctor`, as text and as JSON. */

import { VERSION } from "../../shared/version.ts";
import type { CheckResult, Status } from "./check_result.ts";
import type { SettingReport } from "./settings.ts";

/** The content of a report. */
export interface Report {
  results: readonly CheckResult[];
  settings: readonly SettingReport[];
}

const COLORS: Record<Status, string> = {
  ok: "\x1b[32m",
  warning: "\x1b[33m",
  problem: "\x1b[31m",
};
const RESET = "\x1b[0m";

/** Width of the column of statuses. */
const STATUS_WIDTH = 9;

/** Returns the report as one JSON object, without a final newline. */
export function jsonReport({ results, settings }: Report): string {
  return JSON.stringify(
    {
      version: VERSION,
      ok: count(results, "problem") === 0,
      problems: count(results, "problem"),
      warnings: count(results, "warning"),
      checks: results,
      settings,
    },
    null,
    2,
  );
}

/** Returns the report as text, without a final newline. */
export function textReport({ results, settings }: Report, inColor: boolean): string {
  const given = settings.filter(({ source }) => source !== "default");
  const widest = Math.max(...given.map(({ name }) => name.length));
  return [
    `assistants-mcp ${VERSION}`,
    "",
    ...results.flatMap((result) => resultLines(result, inColor)),
    "",
    given.length === 0
      ? "Settings: all defaults"
      : `Settings (${settings.length - given.length} others have their defaults):`,
    ...given.map(({ name, value, source }) => `  ${name.padEnd(widest)}  ${value} (${source})`),
    "",
    summary(results),
  ].join("\n");
}

function resultLines({ status, what, why, do: advice }: CheckResult, inColor: boolean): string[] {
  const label = status.padEnd(STATUS_WIDTH);
  const margin = " ".repeat(STATUS_WIDTH);
  return [
    (inColor ? COLORS[status] + label + RESET : label) + what,
    ...why === undefined ? [] : [`${margin}  ${why}`],
    ...advice === undefined ? [] : [`${margin}  > ${advice}`],
  ];
}

function summary(results: readonly CheckResult[]): string {
  const [problems, warnings] = [count(results, "problem"), count(results, "warning")];
  if (problems + warnings === 0) return "No problems found.";
  return `${quantity(problems, "problem")}, ${quantity(warnings, "warning")}.`;
}

function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function count(results: readonly CheckResult[], status: Status): number {
  return results.filter((result) => result.status === status).length;
}
