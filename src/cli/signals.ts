/** The signals that request the process to stop. */

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** The exit code of a process that was stopped before it finished. */
export const EXIT_CODE_STOPPED = 130;

/** A listener for stop signals; disposal restores the default handling. */
export interface StopSignal extends Disposable {
  /** Resolves on the first signal. A second signal ends the process immediately. */
  received: Promise<void>;
}

/** Starts to listen for stop signals. */
export function listenForStopSignal(): StopSignal {
  const { promise: received, resolve } = Promise.withResolvers<void>();
  let isReceived = false;
  const listener = () => {
    if (isReceived) Deno.exit(EXIT_CODE_STOPPED);
    isReceived = true;
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
