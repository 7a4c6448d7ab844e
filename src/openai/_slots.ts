/**
 * A limited number of places for what runs at once; whoever comes late waits in line.
 *
 * Each tenant has a line of its own, and the lines take turns: however many one tenant has waiting,
 * another's first is next but for one of each.
 */

export class Slots {
  #free: number;
  // A map and its sets keep the order of arrival, and give up a place in their middle at no cost.
  readonly #lines = new Map<string, Set<() => void>>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Resolves with the function that gives the place back; calling that again does nothing.
   *
   * Rejects with the signal's reason when it is aborted while waiting.
   */
  take(signal: AbortSignal, tenant = ""): Promise<() => void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(this.#place());
    }
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(tenant) ?? new Set();
      const leave = () => {
        line.delete(enter);
        if (line.size === 0 && this.#lines.get(tenant) === line) this.#lines.delete(tenant);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve(this.#place());
      };
      line.add(enter);
      this.#lines.set(tenant, line);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #place(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const enter = this.#next();
      if (enter === undefined) this.#free++;
      else enter();
    };
  }

  /** The first of the line whose turn it is, which then goes behind the others. */
  #next(): (() => void) | undefined {
    const [turn] = this.#lines;
    if (turn === undefined) return undefined;
    const [tenant, line] = turn;
    const [enter] = line;
    this.#lines.delete(tenant);
    if (enter === undefined) return undefined;
    line.delete(enter);
    if (line.size > 0) this.#lines.set(tenant, line);
    return enter;
  }
}
