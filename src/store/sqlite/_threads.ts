/** Threads: adding to one, recording their last use, and deleting the unused. */

import type { Connection } from "./connection.ts";
import { recordDeletedPosition } from "./_deleted_positions.ts";
import { IS_ACTIVE } from "./leases.ts";
import { deleteObject, findObject, putObjects } from "./objects.ts";
import { applyChange, assertThreadIdle, findActiveRun, runState } from "./_runs.ts";
import { GoneError } from "../errors.ts";
import type { ThreadAddition } from "../object_store.ts";
import type { RunChange, RunState } from "../run_store.ts";

/** Uses are recorded at most once per this time, to save writes. */
const USE_PRECISION_S = 3600;

/**
 * Adds messages, and optionally a run, to a thread. If its active run has expired, first applies the
 * change that `expire` returns for it.
 *
 * @throws {ThreadBusyError} if a run is active on the thread
 * @throws {GoneError} if the thread does not exist
 */
export function addToThread(
  connection: Connection,
  tenant: string,
  threadId: string,
  { addition, nowS, expire }: {
    addition: ThreadAddition;
    nowS: number;
    expire: (state: RunState) => RunChange;
  },
): void {
  const { thread, run } = addition;
  if (thread) putObjects(connection, tenant, "thread", [thread]);
  else if (!findObject(connection, tenant, "thread", threadId)) {
    throw new GoneError("thread", threadId);
  }
  const active = findActiveRun(connection, tenant, threadId);
  if (active && active.expires_at !== null && active.expires_at <= nowS) {
    applyChange(connection, tenant, active.id, expire(runState(connection, tenant, active)));
  }
  assertThreadIdle(connection, tenant, threadId);
  applyChange(connection, tenant, run?.id, addition);
  recordThreadUse(connection, tenant, threadId, nowS);
}

/** Records that a thread is used now, unless a use within the last hour is recorded. */
export function recordThreadUse(
  connection: Connection,
  tenant: string,
  threadId: string,
  nowS: number,
): void {
  connection.run(
    `UPDATE threads SET used_at = :nowS
      WHERE tenant = :tenant AND id = :threadId AND used_at < :nowS - ${USE_PRECISION_S}`,
    { tenant, threadId, nowS },
  );
}

/**
 * Deletes the least recently used thread, and returns false if none was last used before
 * `usedBeforeS`. Threads with an active run that has not expired by `nowS` are kept.
 */
export function deleteUnusedThread(
  connection: Connection,
  usedBeforeS: number,
  nowS: number,
): boolean {
  const row = connection.one(
    `SELECT tenant, id FROM threads
      WHERE used_at < :usedBeforeS AND NOT EXISTS (
        SELECT 1 FROM runs WHERE runs.tenant = threads.tenant AND thread_id = threads.id
          AND ${IS_ACTIVE} AND runs.body ->> '$.expires_at' > :nowS)
      ORDER BY used_at LIMIT 1`,
    { usedBeforeS, nowS },
  );
  if (row === undefined) return false;
  const [tenant, id] = [String(row.tenant), String(row.id)];
  recordDeletedPosition(connection, tenant, "thread", id);
  return deleteObject(connection, tenant, "thread", id);
}
