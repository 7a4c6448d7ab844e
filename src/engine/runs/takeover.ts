/** Takes over the runs of processes that have died or have no slot for them. */

import { getLogger } from "@logtape/logtape";
import type { Run, RunChange, RunState, TenantStore } from "../../store/mod.ts";
import type { Caller } from "../objects/caller.ts";
import type { Core } from "./core.ts";
import { unixSeconds } from "../../shared/clock.ts";
import type { Release } from "../../shared/slots.ts";
import { abandoning, ending, expiring, isActive } from "../objects/transitions.ts";
import { countEnd } from "./commit_unowned.ts";

const log = getLogger(["assistants-mcp", "engine"]);

/** How many times a run is started. */
const MAX_ATTEMPTS = 2;

/** Restarts the runs of a caller whose lease has lapsed, from their stored input, or ends them. */
export async function takeOverLapsedRuns(core: Core, caller: Caller): Promise<void> {
  const store = core.store.forTenant(caller.tenant);
  const lapsed = await store.runsWithExpiredLease(caller.upstreamId, core.clock.now());
  for (const run of lapsed) {
    // This process has it queued, or its heartbeat was late.
    if (core.runs.get(run.id) !== undefined) continue;
    const slot = core.runs.slot(caller.tenant);
    if (slot === undefined) return;
    let isStarted = false;
    try {
      isStarted = await takeOver({ core, caller, store }, run, slot);
    } finally {
      if (!isStarted) slot();
    }
  }
}

/** Takes one run over. Returns whether it was started in the slot. */
async function takeOver(
  { core, caller, store }: { core: Core; caller: Caller; store: TenantStore },
  { id }: Run,
  slot: Release,
): Promise<boolean> {
  const { upstreamId } = caller;
  const client = await caller.upstream();
  if (core.closing.aborted) return false;
  const now = unixSeconds(core.clock);
  const lease = core.runs.newLease(upstreamId);
  const change = (state: RunState) =>
    finalChange(state, now) ?? abandoning(state, interruptedError(), now);
  const run = await store.takeOverRun(id, lease, core.clock.now(), change);
  if (run === undefined) return false;
  log.info("Took over run {run}, whose lease had lapsed.", { run: id });
  if (!isActive(run)) {
    countEnd({ run });
    return false;
  }
  core.runs.start({ store, upstreamId, run, client, pendingEvents: [], slot });
  return true;
}

/** Returns the change that ends a run which is not restarted; undefined if it is. */
function finalChange(state: RunState, now: number): RunChange | undefined {
  if (state.run.status === "cancelling") return ending(state, { status: "cancelled" }, now);
  const expired = expiring(state, now);
  if (expired !== undefined || (state.lease?.attempt ?? 1) <= MAX_ATTEMPTS) return expired;
  return ending(state, { status: "failed", error: interruptedError() }, now);
}

function interruptedError() {
  const message = "The run was interrupted: the server that worked on it has died.";
  return { code: "server_error", message } as const;
}
