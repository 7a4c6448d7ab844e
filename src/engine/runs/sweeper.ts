/** Finds runs of dead processes, for every caller that this process has seen. */

import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../../shared/bounded_map.ts";
import type { Caller } from "../objects/caller.ts";
import type { Core } from "./core.ts";
import { takeOverLapsedRuns } from "./takeover.ts";

const log = getLogger(["assistants-mcp", "engine"]);

const SWEEP_MS = 5000;

/** Maximum number of known callers. The least recently seen ones are dropped until they call again. */
const KNOWN_CALLERS = 1000;

/** Takes over lapsed runs of known callers at regular intervals. */
export class Sweeper {
  readonly #core: Core;
  readonly #callers = new BoundedMap<string, Caller>(KNOWN_CALLERS);
  #cancelSweep: (() => void) | undefined;
  #sweep: Promise<void> = Promise.resolve();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Adds a caller to the sweeps. A new caller is swept immediately. */
  adopt(caller: Caller): void {
    const key = `${caller.tenant}\n${caller.upstreamId}`;
    const isNew = !this.#callers.has(key);
    this.#callers.set(key, caller);
    if (!isNew || this.#core.closing.aborted) return;
    this.#enqueue([caller]);
    this.#cancelSweep ??= this.#core.clock.after(SWEEP_MS, () => this.#sweepAll());
  }

  /** Stops, after the sweep in progress. */
  async close(): Promise<void> {
    this.#cancelSweep?.();
    await this.#sweep;
  }

  #sweepAll(): void {
    this.#enqueue([...this.#callers.values()]);
    this.#cancelSweep = this.#core.clock.after(SWEEP_MS, () => this.#sweepAll());
  }

  #enqueue(callers: Caller[]): void {
    this.#sweep = this.#sweep.then(async () => {
      for (const caller of callers) await this.#sweepCaller(caller);
    });
  }

  async #sweepCaller(caller: Caller): Promise<void> {
    if (this.#core.closing.aborted) return;
    try {
      await takeOverLapsedRuns(this.#core, caller);
    } catch (error) {
      log.warn("Cannot scan for interrupted runs.", { error });
    }
  }
}
