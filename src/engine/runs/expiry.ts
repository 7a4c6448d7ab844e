/** Expires overdue runs when a request meets them, so that they never block a thread or appear active. */

import {
  GoneError,
  type Run,
  type RunChange,
  type RunState,
  type TenantStore,
  type ThreadAddition,
} from "../../store/mod.ts";
import type { Core } from "./core.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { notFound } from "../objects/errors.ts";
import { ending, expiring, isActive, isOverdue } from "../objects/transitions.ts";
import { commitUnowned, countEnd } from "./commit_unowned.ts";

/**
 * Adds messages, and optionally a run, to a thread.
 *
 * @throws {ApiError} 404 if the thread does not exist
 * @throws {ThreadBusyError} if the thread has an active run that is not overdue
 */
export async function enterThread(
  { core, store }: { core: Core; store: TenantStore },
  threadId: string,
  entry: ThreadAddition,
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

/** Returns the run, after expiring it if it is overdue; undefined if it was deleted. */
export async function upToDate(core: Core, store: TenantStore, run: Run): Promise<Run | undefined> {
  const now = unixSeconds(core.clock);
  if (!isOverdue(run, now)) return run;
  await core.runs.get(run.id)?.stop({ status: "expired" });
  // Another process may own the run, or none.
  return await commitUnowned(store, run.id, (state) => expiring(state, now));
}

/** Expires the run of an object in progress if it is overdue. Returns whether the run has ended. */
export async function expireRunOf(
  { core, store }: { core: Core; store: TenantStore },
  { status, run_id }: { status: string; run_id: string | null },
): Promise<boolean> {
  if (status !== "in_progress" || run_id === null) return false;
  const run = await store.get("run", run_id);
  if (run === undefined || !isActive(run)) return true;
  return await upToDate(core, store, run) !== run;
}

/** Reads a page; if `expire` changes one of its objects, reads it again. */
export async function readFresh<P extends { data: unknown[] }>(
  read: () => Promise<P>,
  expire: (object: P["data"][number]) => Promise<boolean>,
): Promise<P> {
  const page = await read();
  let changed = false;
  for (const object of page.data) {
    // The expiry of a run changes its other objects too, so the whole page is read again.
    if (await expire(object)) changed = true;
  }
  return changed ? await read() : page;
}
