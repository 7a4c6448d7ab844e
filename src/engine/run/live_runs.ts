/** The runs that this process is working on. */

import { getLogger } from "@logtape/logtape";
import type OpenAI from "openai";
import type { Run, Store } from "../../store/mod.ts";
import type { Clock } from "../clock.ts";
import type { RunEvents } from "../events.ts";
import { execute } from "./execute.ts";
import { LiveRun } from "./live_run.ts";

const log = getLogger(["assistants-mcp", "engine"]);

export class LiveRuns {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #events: RunEvents;
  readonly #runs = new Map<string, LiveRun>();
  readonly #work = new Set<Promise<void>>();
  #closed = false;

  constructor(store: Store, clock: Clock, events: RunEvents) {
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
  }

  get(runId: string): LiveRun | undefined {
    return this.#runs.get(runId);
  }

  /** Takes up a run that has just entered its thread; its first events are told before this returns. */
  start(tenant: string, run: Run, client: OpenAI): void {
    const store = this.#store, clock = this.#clock, events = this.#events;
    const onEnd = (error?: unknown) => {
      this.#runs.delete(run.id);
      if (error !== undefined) {
        log.error("The end of run {run} was not stored.", { run: run.id, error });
      }
    };
    const live = new LiveRun({ store, clock, events, tenant, run, onEnd });
    this.#runs.set(run.id, live);
    live.announce();
    if (this.#closed) void live.interrupt(interrupted());
    const work = execute(live, { store, clock, tenant, client }).finally(() => {
      this.#work.delete(work);
    });
    this.#work.add(work);
  }

  /** Gives up the run of a thread that is gone. */
  async abandon(tenant: string, threadId: string): Promise<void> {
    for (const live of this.#runs.values()) {
      if (live.tenant === tenant && live.run.thread_id === threadId) {
        await live.interrupt({ status: "cancelled" });
      }
    }
  }

  /** Ends all runs as interrupted; those that are started later end at once. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const live of this.#runs.values()) void live.interrupt(interrupted());
    await Promise.all(this.#work);
  }
}

function interrupted() {
  const message = "The run was interrupted: the server that worked on it was shut down.";
  return { status: "failed", error: { code: "server_error", message } } as const;
}
