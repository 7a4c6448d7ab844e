/** What time it is, and waking up later: one place, so that tests can turn the hands. */

import { outsideRequests } from "../telemetry/request_scope.ts";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after so many milliseconds, and keeps no process alive for it; returns what calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    // What is done later is of no request, although one may have wound the clock.
    const timer = outsideRequests(() => setTimeout(callback, ms));
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};

/** The time as the contract has it: whole unix seconds. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
