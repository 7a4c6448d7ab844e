/** The tool calls in progress: limits their number, and lets a server that stops wait for them. */

import { ApiError } from "../shared/errors.ts";

/** How many calls may be in progress at once. */
export interface CallLimits {
  maxCalls: number;
  maxCallsPerTenant: number;
}

/** Counts the calls in progress, in total and per tenant. */
export class ActiveCalls {
  readonly #limits: CallLimits | undefined;
  readonly #byTenant = new Map<string, number>();
  #total = 0;
  #onIdle: (() => void)[] = [];

  /** @param limits no limits by default */
  constructor(limits?: CallLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a call and returns the function that releases it, to be called once.
   *
   * @throws {ApiError} 429 if the tenant has reached its limit, 503 if the server has
   */
  acquire(tenant: string): () => void {
    const ofTenant = this.#byTenant.get(tenant) ?? 0;
    if (this.#limits !== undefined) assertBelowLimits(this.#limits, this.#total, ofTenant);
    this.#total += 1;
    this.#byTenant.set(tenant, ofTenant + 1);
    return () => this.#release(tenant);
  }

  /** Resolves when no call is in progress, or after `timeoutMs`. */
  async whenIdle(timeoutMs: number): Promise<void> {
    if (this.#total === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle.push(resolve);
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
  }

  #release(tenant: string): void {
    const remaining = (this.#byTenant.get(tenant) ?? 1) - 1;
    if (remaining === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, remaining);
    this.#total -= 1;
    if (this.#total > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

function assertBelowLimits(
  { maxCalls, maxCallsPerTenant }: CallLimits,
  total: number,
  ofTenant: number,
): void {
  if (ofTenant >= maxCallsPerTenant) {
    throw new ApiError(
      `You have ${ofTenant} calls in progress, the maximum per caller (MAX_CALLS_PER_TENANT). ` +
        "Wait for one to end.",
      { status: 429, type: "rate_limit_error", code: "too_many_calls", retryAfterS: 1 },
    );
  }
  if (total >= maxCalls) {
    throw new ApiError(
      `The server has ${total} calls in progress, its maximum (MAX_CALLS). Try again later.`,
      { status: 503, type: "server_error", code: "too_many_calls", retryAfterS: 1 },
    );
  }
}
