/**
 * A limited number of places for what runs at once; whoever comes late waits in line.
 *
 * Each tenant has a line of its own, and the lines take turns: however many one tenant has waiting,
 * another's first is next but for one of each. That may still be long, where all places are taken at
 * the same time and given back at the same time; so some can be kept for tenants that have few.
 */

/** Gives a place back; calling it again does nothing. */
export type Release = () => void;

export interface SlotsOptions {
  /** How many places one tenant may have; all of them unless told. */
  perTenant?: number;
  /** How many places are only for tenants that have fewer than this; none unless told. */
  reserved?: number;
}

export class Slots {
  readonly #perTenant: number;
  readonly #reserved: number;
  #free: number;
  readonly #taken = new Map<string, number>();
  // A map and its sets keep the order of arrival, and give up a place in their middle at no cost.
  readonly #lines = new Map<string, Set<() => void>>();

  constructor(count: number, { perTenant = count, reserved = 0 }: SlotsOptions = {}) {
    this.#free = count;
    this.#perTenant = perTenant;
    this.#reserved = reserved;
  }

  /** A place where one is free at once. */
  tryTake(tenant = ""): Release | undefined {
    return this.#mayEnter(tenant) ? this.#place(tenant) : undefined;
  }

  /** Rejects with the signal's reason when it is aborted while waiting. */
  take(signal: AbortSignal, tenant = ""): Promise<Release> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const place = this.tryTake(tenant);
    if (place !== undefined) return Promise.resolve(place);
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(tenant) ?? new Set();
      const leave = () => {
        line.delete(enter);
        if (line.size === 0 && this.#lines.get(tenant) === line) this.#lines.delete(tenant);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve(this.#place(tenant));
      };
      line.add(enter);
      this.#lines.set(tenant, line);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #place(tenant: string): Release {
    this.#free--;
    this.#taken.set(tenant, (this.#taken.get(tenant) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.#taken.get(tenant) ?? 1) - 1;
      if (left === 0) this.#taken.delete(tenant);
      else this.#taken.set(tenant, left);
      this.#free++;
      this.#next()?.();
    };
  }

  /** The first of the line whose turn it is, which then goes behind the others. */
  #next(): (() => void) | undefined {
    for (const [tenant, line] of this.#lines) {
      const [enter] = line;
      if (enter === undefined || !this.#mayEnter(tenant)) continue;
      line.delete(enter);
      this.#lines.delete(tenant);
      if (line.size > 0) this.#lines.set(tenant, line);
      return enter;
    }
    return undefined;
  }

  #mayEnter(tenant: string): boolean {
    const taken = this.#taken.get(tenant) ?? 0;
    if (this.#free === 0 || taken >= this.#perTenant) return false;
    return this.#free > this.#reserved || taken < this.#reserved;
  }
}
