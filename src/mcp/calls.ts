/** The tool calls under way, so that a server that stops can let them end. */

export class Calls {
  #active = 0;
  #idle: (() => void)[] = [];

  /** Counts a call in; the function that it returns counts it out, once. */
  enter(): () => void {
    this.#active += 1;
    return () => {
      this.#active -= 1;
      if (this.#active > 0) return;
      for (const resolve of this.#idle.splice(0)) resolve();
    };
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
}
