/** How many objects of each kind something has been done to. */

import type { Kind } from "../../store/mod.ts";

const NAMES: readonly [Kind | "file", one: string, many: string][] = [
  ["assistant", "assistant", "assistants"],
  ["thread", "thread", "threads"],
  ["message", "message", "messages"],
  ["run", "run", "runs"],
  ["step", "run step", "run steps"],
  ["file", "file", "files"],
];

export class ObjectCounts {
  readonly #counts = new Map<Kind | "file", number>();

  add(kind: Kind | "file", count = 1): this {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
    return this;
  }

  /** Such as "1 assistant, 2 threads"; "nothing" where there is none. */
  toString(): string {
    const parts = NAMES.flatMap(([kind, one, many]) => {
      const count = this.#counts.get(kind) ?? 0;
      return count === 0 ? [] : [`${count.toLocaleString("en")} ${count === 1 ? one : many}`];
    });
    return parts.length === 0 ? "nothing" : parts.join(", ");
  }
}
