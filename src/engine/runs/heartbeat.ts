/** The beat by which a process keeps its runs, and hears what has become of them elsewhere. */

import { getLogger } from "@logtape/logtape";
import type { Run } from "../../store/mod.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RunSession } from "./session.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** How long a lease lasts that is not renewed. */
const LEASE_MS = 6000;

const BEAT_MS = 2000;

export interface HeartbeatOptions {
  clock: Clock;
  /** The process among those on the same database. */
  owner: string;
  /** The runs to keep. */
  runs(): Iterable<RunSession>;
  /** Whether a run waits for a place, and another process may have it that has one. */
  isWaiting(live: RunSession): boolean;
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
      this.#keep(runs.filter(({ isClosed }) => !isClosed));
    });
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #keep(runs: RunSession[]): void {
    const { isWaiting } = this.#options;
    const groups = Map.groupBy(
      runs,
      (live) => isWaiting(live) ? live : `${live.tenant}\n${live.upstreamId}`,
    );
    for (const group of groups.values()) void this.#keepGroup(group);
  }

  /** Keeps one run that waits, or all that a tenant has at one upstream. */
  async #keepGroup(runs: RunSession[]): Promise<void> {
    try {
      const kept = await this.#statuses(runs);
      // Cancelled, ended, deleted or taken over by another process: the last commit finds out which.
      const lost = runs.filter(({ run }) => (kept.get(run.id) ?? "cancelling") === "cancelling");
      await Promise.all(lost.map((live) => live.interrupt({ status: "cancelled" })));
    } catch (error) {
      // The next beat comes before the lease has lapsed.
      const ids = runs.map(({ run }) => run.id);
      log.warn("The leases of the runs {ids} were not renewed.", { ids, error });
    }
  }

  /** The statuses of those runs that are still ours. */
  async #statuses(runs: RunSession[]): Promise<Map<string, Run["status"]>> {
    const [first] = runs;
    if (first === undefined) return new Map();
    if (this.#options.isWaiting(first)) {
      const status = await first.offer();
      return new Map(status && [[first.run.id, status]]);
    }
    const { owner } = this.#options;
    const lease = { owner, until: this.until, upstream: first.upstreamId };
    return await first.store.renewLeases(runs.map(({ run }) => run.id), lease);
  }
}
