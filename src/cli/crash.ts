/** The end that nobody has foreseen: the same as the runtime's own, but without secrets in what it says. */

import { shown } from "../telemetry/summarize.ts";
import { printError } from "./print.ts";

/** Says what was thrown, and returns the exit code. */
export function crash(error: unknown): 1 {
  printError(`the program has a fault: ${shown(error)}`);
  return 1;
}

/** Ends the process with `crash` for what is thrown where nobody catches it. */
export function crashRedacted(): void {
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    Deno.exit(crash(event.error));
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    Deno.exit(crash(event.reason));
  });
}
