/** Deletes threads that have not been used for a number of days, with everything in them. */

import { getLogger } from "@logtape/logtape";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import type { MaintenanceStore } from "../../store/mod.ts";

const log = getLogger(["assistants-mcp", "retention"]);

/** Delay of the first sweep, so that it does not slow down the start. */
const INITIAL_DELAY_MS = 60_000;

const INTERVAL_MS = 3_600_000;

const DAY_S = 86_400;

/** How long unused threads are retained. */
export interface RetentionOptions {
  store: MaintenanceStore;
  clock: Clock;
  days: number;
}

/** Deletes unused threads every hour. Processes that share a database share the work. */
export class Retention {
  readonly #options: RetentionOptions;
  #cancelTimer: () => void;
  #sweep: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#cancelTimer = options.clock.after(INITIAL_DELAY_MS, () => this.#schedule());
  }

  /** Stops, after the deletion in progress. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#sweep;
  }

  #schedule(): void {
    this.#sweep = this.#sweep.then(() => this.#removeUnused());
    this.#cancelTimer = this.#options.clock.after(INTERVAL_MS, () => this.#schedule());
  }

  async #removeUnused(): Promise<void> {
    const { store, clock, days } = this.#options;
    const now = unixSeconds(clock);
    let threads = 0;
    try {
      while (!this.#closed && await store.deleteUnusedThread(now - days * DAY_S, now)) {
        threads++;
        // Lets other work run between two deletions.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } catch (error) {
      log.warn("Cannot delete unused threads.", { error });
    }
    if (threads > 0) {
      log.info("Deleted {threads} threads that were unused for {days} days.", { threads, days });
    }
  }
}
