/** The findings as people and as programs read them. */

import { VERSION } from "../../shared/version.ts";
import type { Finding, Status } from "./finding.ts";
import type { ShownSetting } from "./settings.ts";

export interface Report {
  findings: readonly Finding[];
  settings: readonly ShownSetting[];
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
export function jsonReport({ findings, settings }: Report): string {
  return JSON.stringify(
    {
      version: VERSION,
      ok: count(findings, "problem") === 0,
      problems: count(findings, "problem"),
      warnings: count(findings, "warning"),
      checks: findings,
      settings,
    },
    null,
    2,
  );
}

/** With no newline at its end. */
export function textReport({ findings, settings }: Report, inColour: boolean): string {
  const given = settings.filter(({ source }) => source !== "default");
  const widest = Math.max(...given.map(({ name }) => name.length));
  return [
    `assistants-mcp ${VERSION}`,
    "",
    ...findings.flatMap((finding) => findingLines(finding, inColour)),
    "",
    given.length === 0
      ? "Settings: all have their defaults"
      : `Settings that are given (the other ${
        settings.length - given.length
      } have their defaults):`,
    ...given.map(({ name, value, source }) => `  ${name.padEnd(widest)}  ${value} (${source})`),
    "",
    summary(findings),
  ].join("\n");
}

function findingLines({ status, what, why, do: advice }: Finding, inColour: boolean): string[] {
  const label = status.padEnd(MARGIN);
  const margin = " ".repeat(MARGIN);
  return [
    (inColour ? COLOURS[status] + label + PLAIN : label) + what,
    ...why === undefined ? [] : [`${margin}  ${why}`],
    ...advice === undefined ? [] : [`${margin}  > ${advice}`],
  ];
}

function summary(findings: readonly Finding[]): string {
  const [problems, warnings] = [count(findings, "problem"), count(findings, "warning")];
  if (problems + warnings === 0) return "Nothing is wrong.";
  return `${numbered(problems, "problem")}, ${numbered(warnings, "warning")}.`;
}

function numbered(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function count(findings: readonly Finding[], status: Status): number {
  return findings.filter((finding) => finding.status === status).length;
}
