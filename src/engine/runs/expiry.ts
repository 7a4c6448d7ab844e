/** Active runs and their threads: one holds its thread, until it ends or has outlived its time. */

import {
  type Entry,
  GoneError,
  type Run,
  type RunChange,
  type RunState,
  type TenantStore,
} from "../../store/mod.ts";
import type { Core } from "./core.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { notFound } from "../objects/errors.ts";
import { ending, expiring, isActive, isOverdue } from "../objects/transitions.ts";
import { commitUnowned, countEnd } from "./commit_unowned.ts";

/**
 * Adds messages and perhaps a run to a thread.
 *
 * @throws {ApiError} 404 when there is no such thread
 * @throws {ThreadBusyError} while a run is active on it
 */
export async function enterThread(
  { core, store }: { core: Core; store: TenantStore },
  threadId: string,
  entry: Entry,
): Promise<void> {
  const now = unixSeconds(core.clock);
  let expired: RunChange | undefined;
  const expire = (state: RunState) => expired = ending(state, { status: "expired" }, now);
  try {
    await store.addToThread(threadId, entry, now, expire);
    countEnd(expired);
  } catch (error) {
    if (error instanceof GoneError) throw notFound("thread", threadId);
    throw error;
  }
}

/** The run as it is now: one that has outlived its time is expired first. */
export async function upToDate(core: Core, store: TenantStore, run: Run): Promise<Run | undefined> {
  const now = unixSeconds(core.clock);
  if (!isOverdue(run, now)) return run;
  await core.runs.get(run.id)?.interrupt({ status: "expired" });
  // It may be another process's, or nobody's.
  return await commitUnowned(store, run.id, (state) => expiring(state, now));
}

/** Expires the run of an object that is in progress, where it is time; whether it has ended. */
export async function expireRunOf(
  { core, store }: { core: Core; store: TenantStore },
  { status, run_id }: { status: string; run_id: string | null },
): Promise<boolean> {
  if (status !== "in_progress" || run_id === null) return false;
  const run = await store.get("run", run_id);
  if (run === undefined || !isActive(run)) return true;
  return await upToDate(core, store, run) !== run;
}

/** Reads a page, and once more where a run that had outlived its time was on it. */
export async function readFresh<P extends { data: unknown[] }>(
  read: () => Promise<P>,
  expire: (object: P["data"][number]) => Promise<boolean>,
): Promise<P> {
  const page = await read();
  let changed = false;
  for (const object of page.data) {
    // One expiry changes other objects of its run as well: the whole page is read anew.
    if (await expire(object)) changed = true;
  }
  return changed ? await read() : page;
}
