/** When threads were last used, and removing those that nobody uses any more. */

import type { Connection } from "./connection.ts";
import { keepPlace } from "./_deleted_positions.ts";
import { ACTIVE } from "./leases.ts";
import { deleteObject } from "./objects.ts";

/** A use so soon after another is not worth a write. */
const NOTED_EVERY_S = 3600;

/** @param now unix seconds */
export function noteUse(
  connection: Connection,
  tenant: string,
  threadId: string,
  now: number,
): void {
  connection.run(
    `UPDATE threads SET used_at = :now
      WHERE tenant = :tenant AND id = :threadId AND used_at < :now - ${NOTED_EVERY_S}`,
    { tenant, threadId, now },
  );
}

/** @param now unix seconds: a run whose time is over by then keeps no thread */
export function deleteUnusedThread(
  connection: Connection,
  usedBefore: number,
  now: number,
): boolean {
  const row = connection.one(
    `SELECT tenant, id FROM threads
      WHERE used_at < :usedBefore AND NOT EXISTS (
        SELECT 1 FROM runs WHERE runs.tenant = threads.tenant AND thread_id = threads.id
          AND ${ACTIVE} AND runs.body ->> '$.expires_at' > :now)
      ORDER BY used_at LIMIT 1`,
    { usedBefore, now },
  );
  if (row === undefined) return false;
  const [tenant, id] = [String(row.tenant), String(row.id)];
  keepPlace(connection, tenant, "thread", id);
  return deleteObject(connection, tenant, "thread", id);
}
