/** The time, and waiting for it to pass: one place, so that tests can set the clock. */

import { outsideRequests } from "../telemetry/request_scope.ts";

/** Tells the time, and calls back later. */
export interface Clock {
  /** Returns the milliseconds since 1970. */
  now(): number;
  /**
   * Calls `callback` once after `ms` milliseconds. Returns a function that cancels it. The timer of
   * the system clock does not keep the process alive.
   */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    // The callback belongs to no request, even if a request set the timer.
    const timer = outsideRequests(() => setTimeout(callback, ms));
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};

/** For waits that the caller awaits: the process stays alive until they end. */
const awaitedTimers: Pick<Clock, "after"> = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Waits for `ms` milliseconds. Rejects with the signal's reason as soon as the signal is aborted,
 * and at once if it already is.
 *
 * @param clock measures the wait
 * @default clock Timers of the system that keep the process alive.
 */
export function sleep(
  ms: number,
  signal?: AbortSignal,
  clock: Pick<Clock, "after"> = awaitedTimers,
): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/**
 * Returns the value of `promise`, or undefined if it takes longer than `ms` milliseconds; 0 never
 * waits. If `promise` rejects after that, the error is dropped.
 *
 * @param clock measures the wait
 * @default clock Timers of the system that keep the process alive.
 */
export async function withTimeout<T>(
  ms: number,
  promise: Promise<T>,
  clock: Pick<Clock, "after"> = awaitedTimers,
): Promise<T | undefined> {
  promise.catch(() => {});
  if (ms === 0) return undefined;
  const timeout = Promise.withResolvers<undefined>();
  const cancel = clock.after(ms, () => timeout.resolve(undefined));
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    cancel();
  }
}

/** Returns the time as the contract has it: whole unix seconds. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
