/** The end that nobody has foreseen: the same as the runtime's own, but without secrets in what it says. */

import { formatValue } from "../telemetry/format.ts";
import { printError } from "./print.ts";

/** Says what was thrown, and returns the exit code. */
export function reportCrash(error: unknown): 1 {
  printError(`the program has a fault: ${formatValue(error)}`);
  return 1;
}

/** Ends the process with `reportCrash` for what is thrown where nobody catches it. */
export function handleUncaughtErrors(): void {
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    Deno.exit(reportCrash(event.error));
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    Deno.exit(reportCrash(event.reason));
  });
}
