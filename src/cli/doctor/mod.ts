/** `doctor`: looks at everything that serving needs, and changes nothing. */

import type { Config, Invocation, SettingName } from "../../config/mod.ts";
import { printLine } from "../print.ts";
import { upstreamFindings } from "./upstream.ts";
import type { Finding } from "./finding.ts";
import { folderFindings, portFindings, storeFindings } from "./storage_and_port.ts";
import { permissionFindings, runtimeFindings } from "./runtime.ts";
import { jsonReport, textReport } from "./report.ts";
import { settingFindings, shownSettings } from "./settings.ts";

/** Returns 1 where there is a problem; a warning is none. */
export async function doctorCommand(invocation: Invocation): Promise<number> {
  const { config, flags, origin } = invocation;
  const wrong = new Set(origin.problems.map(({ setting }) => setting));
  /** What hangs on a setting that cannot be used is not looked at: its default is not what was meant. */
  async function unlessWrong(
    settings: readonly SettingName[],
    look: (config: Config) => Finding[] | Promise<Finding[]>,
  ): Promise<Finding[]> {
    return settings.some((setting) => wrong.has(setting)) ? [] : await look(config);
  }
  const findings = (await Promise.all([
    runtimeFindings(),
    permissionFindings(invocation),
    settingFindings(invocation),
    unlessWrong(["OPENAI_BASE_URL", "ASSISTANTS_BACKEND"], upstreamFindings),
    unlessWrong(["DATABASE_URL"], storeFindings),
    unlessWrong(["IMAGE_OUTPUT_DIR", "FILE_DIRS"], folderFindings),
    unlessWrong(["HOST", "PORT"], portFindings),
  ])).flat();
  const report = { findings, settings: shownSettings(invocation) };
  if (flags.has("json")) printLine(jsonReport(report));
  else printLine(textReport(report, Deno.stdout.isTerminal() && !Deno.noColor));
  return findings.some(({ status }) => status === "problem") ? 1 : 0;
}
