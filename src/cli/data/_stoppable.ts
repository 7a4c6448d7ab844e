/** Long work that a signal ends between two of its steps, so that it can clean up. */

import { FatalError } from "../../shared/errors.ts";
import { EXIT_CODE_STOPPED, listenForStopSignal } from "../signals.ts";

/** A person has stopped the command. */
export class StoppedError extends FatalError {
  override readonly name = "StoppedError";
  override readonly exitCode = EXIT_CODE_STOPPED;
  constructor() {
    super("stopped; nothing was changed");
  }
}

/** @throws {StoppedError} after a signal, also while the next item is waited for */
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
      // A race with one promise for all items would keep each of them to the end.
      const item = Promise.withResolvers<IteratorResult<T>>();
      stop = () => item.reject(new StoppedError());
      Promise.try(() => iterator.next()).then(item.resolve, item.reject);
      const next = await item.promise;
      if (next.done) return;
      yield next.value;
    }
    throw new StoppedError();
  } finally {
    // Not awaited, as what is waited for may never come.
    void iterator.return?.();
  }
}
