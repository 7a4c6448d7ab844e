/** How many requests a tenant may send: a bucket that fills up evenly, and holds a minute's worth. */

import { BoundedMap } from "../../shared/bounded_map.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { httpError } from "../http_error.ts";

/** Takes one request of a tenant; answers it where there have been too many. */
export type RateLimit = (tenant: string) => Response | undefined;

interface Bucket {
  /** How many requests there are left. */
  left: number;
  filledAt: number;
}

/** Tenants beyond this number, longest unseen first, begin anew. */
const TENANTS = 10_000;

export function createRateLimit(perMinute: number, clock: Clock = systemClock): RateLimit {
  const buckets = new BoundedMap<string, Bucket>(TENANTS);
  const perMs = perMinute / 60_000;
  return (tenant) => {
    const now = clock.now();
    const { left, filledAt } = buckets.get(tenant) ?? { left: perMinute, filledAt: now };
    // A clock that is set back fills nothing, and empties nothing.
    const filled = Math.min(perMinute, left + Math.max(0, now - filledAt) * perMs);
    const isOver = filled < 1;
    buckets.set(tenant, { left: isOver ? filled : filled - 1, filledAt: now });
    return isOver ? tooMany(perMinute, Math.ceil((1 - filled) / perMs / 1000)) : undefined;
  };
}

function tooMany(perMinute: number, seconds: number): Response {
  return httpError(
    429,
    "rate_limit_exceeded",
    `You have sent more than ${perMinute} requests a minute (RATE_LIMIT_PER_MIN). ` +
      `Try again in ${seconds} s.`,
    { "retry-after": String(seconds) },
  );
}
