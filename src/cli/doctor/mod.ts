/** `doctor`: looks at everything that serving needs, and changes nothing. */

import type { Config, Invocation, SettingName } from "../../config/mod.ts";
import { printLine } from "../print.ts";
import { checkUpstream } from "./upstream.ts";
import type { CheckResult } from "./check_result.ts";
import { checkFolders, checkPort, checkStore } from "./storage_and_port.ts";
import { checkPermissions, checkRuntime } from "./runtime.ts";
import { jsonReport, textReport } from "./report.ts";
import { checkSettings, reportSettings } from "./settings.ts";

/** Returns 1 where there is a problem; a warning is none. */
export async function doctorCommand(invocation: Invocation): Promise<number> {
  const { config, flags, origin } = invocation;
  const wrong = new Set(origin.problems.map(({ setting }) => setting));
  /** What hangs on a setting that cannot be used is not looked at: its default is not what was meant. */
  async function unlessWrong(
    settings: readonly SettingName[],
    look: (config: Config) => CheckResult[] | Promise<CheckResult[]>,
  ): Promise<CheckResult[]> {
    return settings.some((setting) => wrong.has(setting)) ? [] : await look(config);
  }
  const results = (await Promise.all([
    checkRuntime(),
    checkPermissions(invocation),
    checkSettings(invocation),
    unlessWrong(["OPENAI_BASE_URL", "ASSISTANTS_BACKEND"], checkUpstream),
    unlessWrong(["DATABASE_URL"], checkStore),
    unlessWrong(["IMAGE_OUTPUT_DIR", "FILE_DIRS"], checkFolders),
    unlessWrong(["HOST", "PORT"], checkPort),
  ])).flat();
  const report = { results, settings: reportSettings(invocation) };
  if (flags.has("json")) printLine(jsonReport(report));
  else printLine(textReport(report, Deno.stdout.isTerminal() && !Deno.noColor));
  return results.some(({ status }) => status === "problem") ? 1 : 0;
}
