/** Waiting for an abort. */

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
