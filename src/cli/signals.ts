/** The signals by which a person or a system asks the process to stop. */

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The exit code of a process that was stopped before it was done. */
export const EXIT_CODE_STOPPED = 130;

export interface StopSignal extends Disposable {
  /** Resolves at the first signal; a second ends the process at once. */
  received: Promise<void>;
}

export function listenForStopSignal(): StopSignal {
  const { promise: received, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const listener = () => {
    if (asked) Deno.exit(EXIT_CODE_STOPPED);
    asked = true;
    resolve();
  };
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, listener);
  return {
    received,
    [Symbol.dispose]() {
      for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, listener);
    },
  };
}
