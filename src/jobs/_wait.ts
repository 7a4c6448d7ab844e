/** Waiting for whatever comes first: an outcome, the end of a time, an abort. */

import type { Clock } from "../shared/clock.ts";

/** What the promise comes to; undefined when the time is over first, as no time always is. */
export async function within<T>(
  clock: Clock,
  seconds: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  // What comes when nobody waits any more is for nobody to handle.
  promise.catch(() => {});
  if (seconds === 0) return undefined;
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(seconds * 1000, () => resolve(undefined));
  try {
    return await Promise.race([promise, over]);
  } finally {
    cancel();
  }
}

/** Never resolves; rejects with the signal's reason when that is aborted, which nobody has to handle. */
export function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
