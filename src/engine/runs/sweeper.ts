/** Looking, for every caller that this process has seen, for runs that have lost theirs. */

import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../../shared/bounded_map.ts";
import type { Caller } from "../objects/caller.ts";
import type { Core } from "./core.ts";
import { takeOverLapsedRuns } from "./takeover.ts";

const log = getLogger(["assistants-mcp", "engine"]);

const SWEEP_MS = 5000;

/** Callers beyond this number, longest unseen first, are looked after again when they come again. */
const KNOWN_CALLERS = 1000;

export class Sweeper {
  readonly #core: Core;
  readonly #callers = new BoundedMap<string, Caller>(KNOWN_CALLERS);
  #callOff: (() => void) | undefined;
  #sweep: Promise<void> = Promise.resolve();

  constructor(core: Core) {
    this.#core = core;
  }

  /** From now on looks after what this caller may take over; at once where the caller is new. */
  adopt(caller: Caller): void {
    const key = `${caller.tenant}\n${caller.upstreamId}`;
    const isNew = !this.#callers.has(key);
    this.#callers.set(key, caller);
    if (!isNew || this.#core.closing.aborted) return;
    this.#start([caller]);
    this.#callOff ??= this.#core.clock.after(SWEEP_MS, () => this.#again());
  }

  async close(): Promise<void> {
    this.#callOff?.();
    await this.#sweep;
  }

  #again(): void {
    this.#start([...this.#callers.values()]);
    this.#callOff = this.#core.clock.after(SWEEP_MS, () => this.#again());
  }

  #start(callers: Caller[]): void {
    this.#sweep = this.#sweep.then(async () => {
      for (const caller of callers) await this.#look(caller);
    });
  }

  async #look(caller: Caller): Promise<void> {
    if (this.#core.closing.aborted) return;
    try {
      await takeOverLapsedRuns(this.#core, caller);
    } catch (error) {
      log.warn("Runs that may have been interrupted could not be looked for.", { error });
    }
  }
}
