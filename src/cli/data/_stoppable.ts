/** Iteration that a stop signal ends between two items, so that the command can clean up. */

import { FatalError } from "../../shared/errors.ts";
import { EXIT_CODE_STOPPED, listenForStopSignal } from "../signals.ts";

/** The command was stopped by a signal. */
export class StoppedError extends FatalError {
  override readonly name = "StoppedError";
  override readonly exitCode = EXIT_CODE_STOPPED;
  constructor() {
    super("stopped; nothing was changed");
  }
}

/**
 * Yields the items until a stop signal.
 *
 * @throws {StoppedError} after a signal, also while waiting for the next item
 */
export async function* stoppable<T>(
  items: AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<T, void> {
  using signal = listenForStopSignal();
  let stop = () => {};
  let stopped = false;
  signal.received.then(() => {
    stopped = true;
    stop();
  });
  const iterator = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  try {
    while (!stopped) {
      // A race with one promise for all items would retain every item until the end.
      const item = Promise.withResolvers<IteratorResult<T>>();
      stop = () => item.reject(new StoppedError());
      Promise.try(() => iterator.next()).then(item.resolve, item.reject);
      const next = await item.promise;
      if (next.done) return;
      yield next.value;
    }
    throw new StoppedError();
  } finally {
    // Not awaited, as the pending item may never arrive.
    void iterator.return?.();
  }
}
