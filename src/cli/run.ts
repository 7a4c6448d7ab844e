/** From the command line to an exit code; what serves is loaded only where it is needed. */

import { helpText, loadConfig, secretsOf } from "../config/mod.ts";
import { FatalError } from "../errors.ts";
import { keepSecret } from "../telemetry/redact.ts";
import { VERSION } from "../version.ts";
import { crash, crashRedacted } from "./crash.ts";
import { printError, printLine } from "./print.ts";

/** Runs the command and returns the exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function run(args: string[]): Promise<number> {
  try {
    const loaded = loadConfig(args);
    if (loaded.action !== "serve") {
      return printLine(loaded.action === "help" ? helpText() : VERSION);
    }
    secretsOf(loaded.config).forEach(keepSecret);
    loaded.warnings.forEach(printError);
    crashRedacted();
    const { serve } = await import("./serve.ts");
    await serve(loaded.config);
    return 0;
  } catch (error) {
    if (!(error instanceof FatalError)) return crash(error);
    printError(error.message);
    return error.exitCode;
  }
}
