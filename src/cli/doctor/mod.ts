/** `doctor`: checks everything that the server needs, without changing anything. */

import type { Config, Invocation, SettingName } from "../../config/mod.ts";
import { printLine } from "../print.ts";
import { checkUpstream } from "./upstream.ts";
import type { CheckResult } from "./check_result.ts";
import { checkFolders, checkPort, checkStore } from "./storage_and_port.ts";
import { checkPermissions, checkRuntime } from "./runtime.ts";
import { jsonReport, textReport } from "./report.ts";
import { checkSettings, reportSettings } from "./settings.ts";

/** Runs `doctor`; returns 1 if there is a problem, and 0 if there are only warnings. */
export async function doctorCommand(invocation: Invocation): Promise<number> {
  const { config, flags, origin } = invocation;
  const invalid = new Set(origin.problems.map(({ setting }) => setting));
  /** Skips a check that depends on an invalid setting, whose default was not intended. */
  async function ifValid(
    settings: readonly SettingName[],
    check: (config: Config) => CheckResult[] | Promise<CheckResult[]>,
  ): Promise<CheckResult[]> {
    return settings.some((setting) => invalid.has(setting)) ? [] : await check(config);
  }
  const results = (await Promise.all([
    checkRuntime(),
    checkPermissions(invocation),
    checkSettings(invocation),
    ifValid(["OPENAI_BASE_URL", "ASSISTANTS_BACKEND"], checkUpstream),
    ifValid(["DATABASE_URL"], checkStore),
    ifValid(["IMAGE_OUTPUT_DIR", "FILE_DIRS"], checkFolders),
    ifValid(["HOST", "PORT"], checkPort),
  ])).flat();
  const report = { results, settings: reportSettings(invocation) };
  if (flags.has("json")) printLine(jsonReport(report));
  else printLine(textReport(report, Deno.stdout.isTerminal() && !Deno.noColor));
  return results.some(({ status }) => status === "problem") ? 1 : 0;
}
