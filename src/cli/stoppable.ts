/** Long work that a signal ends between two of its steps, so that it can clean up. */

import { FatalError } from "../errors.ts";
import { nextSignal, STOPPED } from "./signals.ts";

/** A person has stopped the command. */
export class StoppedError extends FatalError {
  override readonly name = "StoppedError";
  override readonly exitCode = STOPPED;
  constructor() {
    super("stopped; nothing was changed");
  }
}

/** @throws {StoppedError} after a signal, in place of the next item */
export async function* stoppable<T>(
  items: AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<T, void> {
  using signal = nextSignal();
  let stopped = false;
  signal.received.then(() => stopped = true);
  for await (const item of items) {
    if (stopped) throw new StoppedError();
    yield item;
  }
}
