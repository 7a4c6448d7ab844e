/** Progress of a command, on a status line of the terminal. */

import { printStatus } from "../print.ts";

/** Minimum time between two updates. */
const UPDATE_INTERVAL_MS = 200;

/** A status line; disposal clears it. */
export interface Progress extends Disposable {
  /** ObjectCounts one more object. */
  count(): void;
  /** Clears the status line, before other output. */
  end(): void;
}

/**
 * Shows the number of processed objects, if standard error is a terminal.
 *
 * @param action name of the action, such as "Reading"
 */
export function showProgress(action: string): Progress {
  const isTerminal = Deno.stderr.isTerminal();
  let count = 0;
  let updatedAtMs = performance.now();
  function end(): void {
    if (isTerminal) printStatus("");
  }
  return {
    count() {
      count++;
      // Reading the clock costs more than counting.
      if (
        !isTerminal || count % 100 !== 0 || performance.now() - updatedAtMs < UPDATE_INTERVAL_MS
      ) return;
      updatedAtMs = performance.now();
      printStatus(`${action} ... ${count.toLocaleString("en")} objects`);
    },
    end,
    [Symbol.dispose]: end,
  };
}
