/** Retention: threads that nobody has used for so many days are removed, with all that came from them. */

import { getLogger } from "@logtape/logtape";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import type { MaintenanceStore } from "../../store/mod.ts";

const log = getLogger(["assistants-mcp", "retention"]);

/** After the start, which others are waiting for. */
const FIRST_MS = 60_000;

const EVERY_MS = 3_600_000;

const DAY_S = 86_400;

export interface RetentionOptions {
  store: MaintenanceStore;
  clock: Clock;
  days: number;
}

/** Several processes on one database share the work, as each removes what is still there. */
export class Retention {
  readonly #options: RetentionOptions;
  #callOff: () => void;
  #sweep: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#callOff = options.clock.after(FIRST_MS, () => this.#again());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#callOff();
    await this.#sweep;
  }

  #again(): void {
    this.#sweep = this.#sweep.then(() => this.#remove());
    this.#callOff = this.#options.clock.after(EVERY_MS, () => this.#again());
  }

  async #remove(): Promise<void> {
    const { store, clock, days } = this.#options;
    const now = unixSeconds(clock);
    let threads = 0;
    try {
      while (!this.#closed && await store.deleteUnusedThread(now - days * DAY_S, now)) {
        threads++;
        // Whoever waits has a turn before the next.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } catch (error) {
      log.warn("Threads that are unused could not be removed.", { error });
    }
    if (threads > 0) {
      log.info("Removed {threads} threads that were unused for {days} days.", { threads, days });
    }
  }
}
