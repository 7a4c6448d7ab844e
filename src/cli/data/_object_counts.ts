/** Counters of objects by kind, for the reports of commands. */

import type { Kind } from "../../store/mod.ts";

const NAMES: readonly [Kind | "file", singular: string, plural: string][] = [
  ["assistant", "assistant", "assistants"],
  ["thread", "thread", "threads"],
  ["message", "message", "messages"],
  ["run", "run", "runs"],
  ["step", "run step", "run steps"],
  ["file", "file", "files"],
];

/** Counts objects by kind. */
export class ObjectCounts {
  readonly #counts = new Map<Kind | "file", number>();

  /** Adds to the counter of a kind. */
  add(kind: Kind | "file", count = 1): this {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
    return this;
  }

  /** Returns the counts in words: "1 assistant, 2 threads", or "nothing". */
  toString(): string {
    const parts = NAMES.flatMap(([kind, singular, plural]) => {
      const count = this.#counts.get(kind) ?? 0;
      return count === 0
        ? []
        : [`${count.toLocaleString("en")} ${count === 1 ? singular : plural}`];
    });
    return parts.length === 0 ? "nothing" : parts.join(", ");
  }
}
