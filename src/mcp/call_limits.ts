/** The tool calls under way: not more at once than may be, and a server that stops can let them end. */

import { ApiError } from "../shared/errors.ts";

/** How many calls may be under way at once. */
export interface CallLimits {
  maxCalls: number;
  maxCallsPerTenant: number;
}

export class Calls {
  readonly #limits: CallLimits | undefined;
  readonly #byTenant = new Map<string, number>();
  #active = 0;
  #idle: (() => void)[] = [];

  /** @param limits none unless told */
  constructor(limits?: CallLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a call in; the function that it returns counts it out, once.
   *
   * @throws {ApiError} 429 where the tenant, 503 where the server has as many as may be
   */
  enter(tenant: string): () => void {
    const ofTenant = this.#byTenant.get(tenant) ?? 0;
    if (this.#limits !== undefined) check(this.#limits, this.#active, ofTenant);
    this.#active += 1;
    this.#byTenant.set(tenant, ofTenant + 1);
    return () => this.#leave(tenant);
  }

  /** Resolves when no call is under way, or after `timeoutMs`. */
  async idle(timeoutMs: number): Promise<void> {
    if (this.#active === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
  }

  #leave(tenant: string): void {
    const left = (this.#byTenant.get(tenant) ?? 1) - 1;
    if (left === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, left);
    this.#active -= 1;
    if (this.#active > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

function check({ maxCalls, maxCallsPerTenant }: CallLimits, all: number, ofTenant: number): void {
  if (ofTenant >= maxCallsPerTenant) {
    throw new ApiError(
      `You have ${ofTenant} calls under way, as many as one caller may (MAX_CALLS_PER_TENANT). ` +
        "Wait for one to end.",
      { status: 429, type: "rate_limit_error", code: "too_many_calls", retryAfterS: 1 },
    );
  }
  if (all >= maxCalls) {
    throw new ApiError(
      `The server has ${all} calls under way, as many as it may (MAX_CALLS). Try again later.`,
      { status: 503, type: "server_error", code: "too_many_calls", retryAfterS: 1 },
    );
  }
}
