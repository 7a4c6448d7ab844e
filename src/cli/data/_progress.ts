/** How far a command has come, for a person at a terminal. */

import { printStatus } from "../print.ts";

const PAUSE_MS = 200;

export interface Progress extends Disposable {
  /** ObjectCounts one more object. */
  count(): void;
  /** Takes the status away, before something else is written. */
  end(): void;
}

/** @param doing what is done with objects, such as "Reading" */
export function showProgress(doing: string): Progress {
  const onTerminal = Deno.stderr.isTerminal();
  let done = 0;
  let shownAtMs = performance.now();
  function end(): void {
    if (onTerminal) printStatus("");
  }
  return {
    count() {
      done++;
      // Looking at the clock costs more than counting.
      if (!onTerminal || done % 100 !== 0 || performance.now() - shownAtMs < PAUSE_MS) return;
      shownAtMs = performance.now();
      printStatus(`${doing} ... ${done.toLocaleString("en")} objects`);
    },
    end,
    [Symbol.dispose]: end,
  };
}
