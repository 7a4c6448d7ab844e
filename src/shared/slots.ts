/**
 * A limited number of slots for concurrent work, with a fair queue.
 *
 * Each tenant has a queue, and the queues take turns: the first request in a queue waits for at most
 * one request of every other tenant. That can still be long if all slots are acquired and released
 * at the same time, so some slots can be reserved for tenants that hold few.
 */

/** Releases a slot; further calls do nothing. */
export type Release = () => void;

/** Limits per tenant. */
export interface SlotsOptions {
  /**
   * The number of slots that one tenant may hold.
   *
   * @default All of them.
   */
  perTenant?: number;
  /**
   * The number of slots reserved for tenants that hold fewer than this number.
   *
   * @default 0
   */
  reserved?: number;
}

/** A limited number of slots, for which tenants queue in turns. */
export class Slots {
  readonly #perTenant: number;
  readonly #reserved: number;
  #free: number;
  readonly #heldByTenant = new Map<string, number>();
  // Maps and sets keep the order of arrival, and delete from their middle in constant time.
  readonly #queues = new Map<string, Set<() => void>>();

  constructor(count: number, { perTenant = count, reserved = 0 }: SlotsOptions = {}) {
    this.#free = count;
    this.#perTenant = perTenant;
    this.#reserved = reserved;
  }

  /** Acquires a slot without waiting; returns undefined if the tenant would have to wait. */
  tryAcquire(tenant = ""): Release | undefined {
    return this.#mayAcquire(tenant) ? this.#hold(tenant) : undefined;
  }

  /** Acquires a slot. Rejects with the signal's reason if the signal is aborted first. */
  acquire(signal: AbortSignal, tenant = ""): Promise<Release> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const release = this.tryAcquire(tenant);
    if (release !== undefined) return Promise.resolve(release);
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(tenant) ?? new Set();
      const abort = () => {
        queue.delete(enter);
        if (queue.size === 0 && this.#queues.get(tenant) === queue) this.#queues.delete(tenant);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", abort);
        resolve(this.#hold(tenant));
      };
      queue.add(enter);
      this.#queues.set(tenant, queue);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #hold(tenant: string): Release {
    this.#free--;
    this.#heldByTenant.set(tenant, (this.#heldByTenant.get(tenant) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#heldByTenant.get(tenant) ?? 1) - 1;
      if (left === 0) this.#heldByTenant.delete(tenant);
      else this.#heldByTenant.set(tenant, left);
      this.#free++;
      this.#dequeue()?.();
    };
  }

  /** Removes the first of the next queue that may acquire a slot, and moves that queue to the end. */
  #dequeue(): (() => void) | undefined {
    for (const [tenant, queue] of this.#queues) {
      const [enter] = queue;
      if (enter === undefined || !this.#mayAcquire(tenant)) continue;
      queue.delete(enter);
      this.#queues.delete(tenant);
      if (queue.size > 0) this.#queues.set(tenant, queue);
      return enter;
    }
    return undefined;
  }

  #mayAcquire(tenant: string): boolean {
    const held = this.#heldByTenant.get(tenant) ?? 0;
    if (this.#free === 0 || held >= this.#perTenant) return false;
    return this.#free > this.#reserved || held < this.#reserved;
  }
}
