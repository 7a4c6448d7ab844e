/** Waiting for a promise, a timeout or an abort. */

import type { Clock } from "../shared/clock.ts";

/**
 * Settles like the promise, or resolves to undefined after `timeoutMs`; with 0, at once. A rejection
 * after the timeout is ignored.
 */
export async function withTimeout<T>(
  clock: Clock,
  timeoutMs: number,
  promise: Promise<T>,
): Promise<T | undefined> {
  // After the timeout, nothing else handles a rejection.
  promise.catch(() => {});
  if (timeoutMs === 0) return undefined;
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(timeoutMs, () => resolve(undefined));
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    cancel();
  }
}

/**
 * Returns a promise that rejects with the signal's reason when the signal is aborted, and never
 * resolves. The rejection needs no handler.
 */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return promise;
}
