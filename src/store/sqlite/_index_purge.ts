/**
 * Taking the words of what was deleted out of the index: those of a few messages before the call is
 * answered, and of many in the background, a little at a time. What is left when the process ends is
 * taken out by the next one.
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import type { Connection } from "./connection.ts";
import { areWordsLeft, takeOutWords } from "./search.ts";

/** For so long a call waits for it, and all other calls for a part of it. */
const NOW_MS = 25;
const PART_MS = 5;

/** What is left to other calls between two parts. */
const PAUSE_MS = 5;

const log = getLogger(["assistants-mcp", "store"]);

export class IndexPurge {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #callOff: (() => void) | undefined;
  #stopped = false;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Goes on with what an earlier process has left. */
  async resume(): Promise<void> {
    await this.#try(async () => {
      if (await this.#connection.read(areWordsLeft)) this.#later();
    });
  }

  /** Takes words out for a moment, and the rest later. */
  async now(): Promise<void> {
    await this.#forgetFor(NOW_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
  }

  #later(): void {
    if (this.#stopped) return;
    this.#callOff ??= this.#clock.after(PAUSE_MS, () => {
      this.#callOff = undefined;
      this.#forgetFor(PART_MS);
    });
  }

  async #forgetFor(ms: number): Promise<void> {
    const end = performance.now() + ms;
    await this.#try(async () => {
      while (!this.#stopped && await this.#connection.read(areWordsLeft)) {
        if (performance.now() > end) return this.#later();
        await this.#connection.write(takeOutWords);
      }
      if (!this.#stopped) this.#connection.emptyLog();
    });
  }

  /** What fails is left to the next time: what was deleted is deleted all the same. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#stopped) return;
      log.warn("Words of deleted messages are still in the search index: {error}", { error });
    }
  }
}
