/** Taking over the runs of processes that have died, or have no place for them. */

import { getLogger } from "@logtape/logtape";
import type { Run, RunChange, RunState, TenantStore } from "../../store/mod.ts";
import type { Caller } from "../objects/caller.ts";
import type { Core } from "./core.ts";
import { unixSeconds } from "../../shared/clock.ts";
import type { Release } from "../../shared/slots.ts";
import { abandoning, ending, expiring, isActive } from "../objects/transitions.ts";
import { countEnd } from "./commit_unowned.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** How often a run is begun at most. */
const ATTEMPTS = 2;

/** Ends the lapsed runs of a caller or starts them once more, from what is stored of them. */
export async function takeOverLapsedRuns(core: Core, caller: Caller): Promise<void> {
  const store = core.store.forTenant(caller.tenant);
  const lapsed = await store.runsWithExpiredLease(caller.upstreamId, core.clock.now());
  for (const run of lapsed) {
    // One of this process waits for a place, or has only been late with its beat.
    if (core.runs.get(run.id) !== undefined) continue;
    const place = core.runs.place(caller.tenant);
    if (place === undefined) return;
    let isTaken = false;
    try {
      isTaken = await takeOver({ core, caller, store }, run, place);
    } finally {
      if (!isTaken) place();
    }
  }
}

/** Whether the run is now worked on in this place. */
async function takeOver(
  { core, caller, store }: { core: Core; caller: Caller; store: TenantStore },
  { id }: Run,
  place: Release,
): Promise<boolean> {
  const { upstreamId } = caller;
  const client = await caller.upstream();
  if (core.closing.aborted) return false;
  const now = unixSeconds(core.clock);
  const lease = core.runs.lease(upstreamId);
  const change = (state: RunState) => settled(state, now) ?? abandoning(state, interrupted(), now);
  const run = await store.takeOverRun(id, lease, core.clock.now(), change);
  if (run === undefined) return false;
  log.info("Took over run {run}, on which no process was working.", { run: id });
  if (!isActive(run)) {
    countEnd({ run });
    return false;
  }
  core.runs.start({ store, upstreamId, run, client, news: [], place });
  return true;
}

/** The end of a run that is not to be started once more. */
function settled(state: RunState, now: number): RunChange | undefined {
  if (state.run.status === "cancelling") return ending(state, { status: "cancelled" }, now);
  const expired = expiring(state, now);
  if (expired !== undefined || (state.lease?.attempt ?? 1) <= ATTEMPTS) return expired;
  return ending(state, { status: "failed", error: interrupted() }, now);
}

function interrupted() {
  const message = "The run was interrupted: the server that worked on it has died.";
  return { code: "server_error", message } as const;
}
