/** Renews the leases of this process at regular intervals, and detects runs that it has lost. */

import { getLogger } from "@logtape/logtape";
import type { Run } from "../../store/mod.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RunSession } from "./session.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** How long a lease lasts without renewal. */
const LEASE_MS = 6000;

const INTERVAL_MS = 2000;

/** What a heartbeat renews, and where. */
export interface HeartbeatOptions {
  clock: Clock;
  /** Identifies this process among those that share the database. */
  owner: string;
  /** The sessions whose leases are renewed. */
  runs(): Iterable<RunSession>;
  /** Whether a run is queued for a slot, so that another process may take it over. */
  isWaiting(session: RunSession): boolean;
}

/** The heartbeat of a process. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #cancelBeat: (() => void) | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** When a lease that is granted now lapses, in unix milliseconds. */
  get leaseUntilMs(): number {
    return this.#options.clock.now() + LEASE_MS;
  }

  /** Starts the interval, which continues as long as there are sessions. */
  start(): void {
    this.#cancelBeat ??= this.#options.clock.after(INTERVAL_MS, () => {
      this.#cancelBeat = undefined;
      const runs = [...this.#options.runs()];
      if (runs.length > 0) this.start();
      this.#renewAll(runs.filter(({ isClosed }) => !isClosed));
    });
  }

  /** Stops the interval. */
  stop(): void {
    this.#cancelBeat?.();
    this.#cancelBeat = undefined;
  }

  #renewAll(runs: RunSession[]): void {
    const { isWaiting } = this.#options;
    const groups = Map.groupBy(
      runs,
      (session) => isWaiting(session) ? session : `${session.tenant}\n${session.upstreamId}`,
    );
    for (const group of groups.values()) void this.#renewGroup(group);
  }

  /** Renews the lease of one queued run, or of all runs of a tenant at one upstream. */
  async #renewGroup(runs: RunSession[]): Promise<void> {
    try {
      const renewed = await this.#statuses(runs);
      // Cancelled, ended, deleted or taken over: the commit at the end finds out which.
      const lost = runs.filter(({ run }) => (renewed.get(run.id) ?? "cancelling") === "cancelling");
      await Promise.all(lost.map((session) => session.stop({ status: "cancelled" })));
    } catch (error) {
      // The next attempt runs before the leases lapse.
      const ids = runs.map(({ run }) => run.id);
      log.warn("Cannot renew the leases of the runs {ids}.", { ids, error });
    }
  }

  /** Renews the leases and returns the statuses of the runs that this process still owns. */
  async #statuses(runs: RunSession[]): Promise<Map<string, Run["status"]>> {
    const [first] = runs;
    if (first === undefined) return new Map();
    if (this.#options.isWaiting(first)) {
      const status = await first.offer();
      return new Map(status && [[first.run.id, status]]);
    }
    const { owner } = this.#options;
    const lease = { owner, expiresAtMs: this.leaseUntilMs, upstream: first.upstreamId };
    return await first.store.renewLeases(runs.map(({ run }) => run.id), lease);
  }
}
