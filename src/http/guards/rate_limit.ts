/** A rate limit per tenant: a token bucket with the capacity of one minute. */

import { BoundedMap } from "../../shared/bounded_map.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { httpError } from "../http_error.ts";

/** Counts one request of a tenant. Returns the error response if the limit is exceeded. */
export type RateLimit = (tenant: string) => Response | undefined;

interface Bucket {
  /** The number of requests left, at `filledAtMs`. */
  left: number;
  filledAtMs: number;
}

/** Beyond this number, the least recently seen tenants start with a full bucket again. */
const MAX_TENANTS = 10_000;

/** Creates a rate limit of `perMinute` requests. */
export function createRateLimit(perMinute: number, clock: Clock = systemClock): RateLimit {
  const buckets = new BoundedMap<string, Bucket>(MAX_TENANTS);
  const perMs = perMinute / 60_000;
  return (tenant) => {
    const nowMs = clock.now();
    const { left, filledAtMs } = buckets.get(tenant) ?? { left: perMinute, filledAtMs: nowMs };
    // If the clock is set back, the bucket stays as it is.
    const filled = Math.min(perMinute, left + Math.max(0, nowMs - filledAtMs) * perMs);
    const isExceeded = filled < 1;
    buckets.set(tenant, { left: isExceeded ? filled : filled - 1, filledAtMs: nowMs });
    return isExceeded
      ? tooManyRequests(perMinute, Math.ceil((1 - filled) / perMs / 1000))
      : undefined;
  };
}

function tooManyRequests(perMinute: number, waitS: number): Response {
  return httpError(
    429,
    "rate_limit_exceeded",
    `You have sent more than ${perMinute} requests per minute (RATE_LIMIT_PER_MIN). ` +
      `Try again in ${waitS} s.`,
    { "retry-after": String(waitS) },
  );
}
