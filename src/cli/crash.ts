/** Handling of unexpected errors: like the default handling of Deno, but without secrets in the output. */

import { formatValue } from "../telemetry/format.ts";
import { printError } from "./print.ts";

/** Prints an unexpected error and returns the exit code. */
export function reportCrash(error: unknown): 1 {
  printError(`unexpected error: ${formatValue(error)}`);
  return 1;
}

/** Makes uncaught errors and rejections end the process with {@linkcode reportCrash}. */
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
