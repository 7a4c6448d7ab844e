/**
 * Removal of deleted messages from the search index.
 *
 * A call that deletes a few messages removes their entries before it returns. The rest are removed in
 * the background, in short slices. Entries that remain when the process ends are removed by the next
 * process.
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { Connection } from "./connection.ts";
import { hasDeletedEntries, removeDeletedEntries } from "./search.ts";

/** How long a call that deletes waits for the removal. */
const FOREGROUND_MS = 25;

/** Length of a background slice, during which all other calls wait. */
const SLICE_MS = 5;

/** Pause between two slices, for other calls. */
const PAUSE_MS = 5;

const log = getLogger(["assistants-mcp", "store"]);

/** Removes the entries of deleted messages, at once or in the background. */
export class IndexPurge {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #cancelSlice: (() => void) | undefined;
  #stopped = false;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Schedules the removal of the entries that an earlier process left. */
  async resume(): Promise<void> {
    await this.#logFailure(async () => {
      if (await this.#connection.read(hasDeletedEntries)) this.#schedule();
    });
  }

  /** Removes entries for a short time, and schedules the rest. */
  async run(): Promise<void> {
    await this.#purgeFor(FOREGROUND_MS);
  }

  /** Stops the removal, and any that is scheduled. */
  stop(): void {
    this.#stopped = true;
    this.#cancelSlice?.();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancelSlice ??= this.#clock.after(PAUSE_MS, () => {
      this.#cancelSlice = undefined;
      this.#purgeFor(SLICE_MS);
    });
  }

  async #purgeFor(durationMs: number): Promise<void> {
    const endMs = performance.now() + durationMs;
    await this.#logFailure(async () => {
      while (!this.#stopped && await this.#connection.read(hasDeletedEntries)) {
        if (performance.now() > endMs) return this.#schedule();
        await this.#connection.write(removeDeletedEntries);
      }
      if (!this.#stopped) this.#connection.truncateLog();
    });
  }

  /** Never rejects: the messages are deleted already, and the next run retries the removal. */
  async #logFailure(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#stopped) return;
      log.warn("Cannot remove deleted messages from the search index: {error}", { error });
    }
  }
}
