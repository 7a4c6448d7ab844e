/** The results as people and as programs read them. */

import { VERSION } from "../../shared/version.ts";
import type { CheckResult, Status } from "./check_result.ts";
import type { SettingReport } from "./settings.ts";

export interface Report {
  results: readonly CheckResult[];
  settings: readonly SettingReport[];
}

const COLOURS: Record<Status, string> = {
  ok: "\x1b[32m",
  warning: "\x1b[33m",
  problem: "\x1b[31m",
};
const PLAIN = "\x1b[0m";

/** Wide enough for every status. */
const MARGIN = 9;

/** One object on several lines, with no newline at its end. */
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

/** With no newline at its end. */
export function textReport({ results, settings }: Report, inColour: boolean): string {
  const given = settings.filter(({ source }) => source !== "default");
  const widest = Math.max(...given.map(({ name }) => name.length));
  return [
    `assistants-mcp ${VERSION}`,
    "",
    ...results.flatMap((result) => findingLines(result, inColour)),
    "",
    given.length === 0
      ? "Settings: all have their defaults"
      : `Settings that are given (the other ${
        settings.length - given.length
      } have their defaults):`,
    ...given.map(({ name, value, source }) => `  ${name.padEnd(widest)}  ${value} (${source})`),
    "",
    summary(results),
  ].join("\n");
}

function findingLines({ status, what, why, do: advice }: CheckResult, inColour: boolean): string[] {
  const label = status.padEnd(MARGIN);
  const margin = " ".repeat(MARGIN);
  return [
    (inColour ? COLOURS[status] + label + PLAIN : label) + what,
    ...why === undefined ? [] : [`${margin}  ${why}`],
    ...advice === undefined ? [] : [`${margin}  > ${advice}`],
  ];
}

function summary(results: readonly CheckResult[]): string {
  const [problems, warnings] = [count(results, "problem"), count(results, "warning")];
  if (problems + warnings === 0) return "Nothing is wrong.";
  return `${numbered(problems, "problem")}, ${numbered(warnings, "warning")}.`;
}

function numbered(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function count(results: readonly CheckResult[], status: Status): number {
  return results.filter((result) => result.status === status).length;
}
