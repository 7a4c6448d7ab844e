/** The beat by which a process keeps its runs, and hears what has become of them elsewhere. */

import { getLogger } from "@logtape/logtape";
import type { Store } from "../../store/mod.ts";
import type { Clock } from "../../clock.ts";
import type { LiveRun } from "./live_run.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** How long a lease lasts that is not renewed. */
const LEASE_MS = 6000;

const BEAT_MS = 2000;

export interface HeartbeatOptions {
  store: Store;
  clock: Clock;
  /** The process among those on the same database. */
  owner: string;
  /** The runs to keep. */
  runs(): Iterable<LiveRun>;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #callOff: (() => void) | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** When a lease lapses that is given now, in unix milliseconds. */
  get until(): number {
    return this.#options.clock.now() + LEASE_MS;
  }

  /** Beats from now on, for as long as there are runs. */
  start(): void {
    this.#callOff ??= this.#options.clock.after(BEAT_MS, () => {
      this.#callOff = undefined;
      const runs = [...this.#options.runs()];
      if (runs.length > 0) this.start();
      for (const live of runs) void this.#keep(live);
    });
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  async #keep(live: LiveRun): Promise<void> {
    const { store, owner } = this.#options;
    if (live.over) return;
    const lease = { owner, until: this.until, upstream: live.upstreamId };
    try {
      const run = await store.renew(live.tenant, live.run.id, lease);
      // Cancelled, ended, deleted or taken over by another process: the last commit finds out which.
      if (run === undefined || run.status === "cancelling") {
        await live.interrupt({ status: "cancelled" });
      }
    } catch (error) {
      // The next beat comes before the lease has lapsed.
      log.warn("The lease of run {run} was not renewed.", { run: live.run.id, error });
    }
  }
}
