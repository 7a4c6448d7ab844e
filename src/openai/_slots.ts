/** A limited number of places for what runs at once; whoever comes late waits in line. */

export class Slots {
  #free: number;
  // A set keeps the order of arrival and gives up a place in its middle at no cost.
  readonly #line = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Resolves with the function that gives the place back; calling that again does nothing.
   *
   * Rejects with the signal's reason when it is aborted while waiting.
   */
  take(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(this.#place());
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#line.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener("abort", leave);
        resolve(this.#place());
      };
      this.#line.add(enter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #place(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const [next] = this.#line;
      if (next === undefined) {
        this.#free++;
      } else {
        this.#line.delete(next);
        next();
      }
    };
  }
}
