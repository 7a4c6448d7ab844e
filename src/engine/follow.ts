/** Joining a run that is under way: from its state as it is now, through all that happens to it. */

import type { Run } from "../store/mod.ts";
import { upToDate } from "./active_runs.ts";
import type { Core } from "./call.ts";
import { notFound } from "./errors.ts";
import { statusEvent } from "./events.ts";
import type { Sink } from "./stream.ts";

/** How often a run is looked at that another process works on. */
const POLL_MS = 500;

/**
 * Sends the run's state and then its events: those of this process as they happen, and what can be
 * seen in the store of a run that another process has. Returns what ends the following.
 */
export function followRun(core: Core, tenant: string, run: Run, sink: Sink): () => void {
  const live = core.runs.get(run.id);
  if (live === undefined) return followStored(core, tenant, run, sink);
  // Nothing can happen between the state and the events: both are taken in one go.
  for (const event of live.snapshot()) sink.send(event);
  return core.events.listen(run.id, (event) => sink.send(event));
}

function followStored(core: Core, tenant: string, run: Run, sink: Sink): () => void {
  let stopped = false;
  let stop = core.clock.after(POLL_MS, look);
  const told = new Set<string>();
  let status = run.status;
  sink.send(statusEvent(run));

  function look(): void {
    lookAgain().catch((error) => {
      if (!stopped) sink.fail(error);
    });
  }

  async function lookAgain(): Promise<void> {
    const stored = await core.store.get(tenant, "run", run.id);
    const current = stored && await upToDate(core, tenant, stored);
    if (current === undefined) throw notFound("run", run.id);
    const query = { limit: 100, order: "asc", thread_id: run.thread_id, run_id: run.id } as const;
    const { data } = await core.store.list(tenant, "message", query);
    if (stopped) return;
    for (const message of data) {
      if (message.status === "in_progress" || told.has(message.id)) continue;
      told.add(message.id);
      sink.send({ event: "thread.message.created", data: message });
      sink.send(statusEvent(message));
    }
    if (current.status !== status) {
      status = current.status;
      sink.send(statusEvent(current));
    }
    if (!stopped) stop = core.clock.after(POLL_MS, look);
  }

  return () => {
    stopped = true;
    stop();
  };
}
