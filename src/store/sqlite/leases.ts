/** Leases in the rows of their runs: only an active run has one. */

import type { Connection } from "./connection.ts";
import { parseBody } from "./objects.ts";
import { ACTIVE_STATUSES, type Run } from "../objects.ts";
import type { Lease, RunChange, RunState } from "../run_store.ts";

/** Holds in SQL for a run that holds its thread. */
export const ACTIVE = `status IN (${ACTIVE_STATUSES.map((status) => `'${status}'`).join(", ")})`;

export function leaseOf(connection: Connection, tenant: string, id: string): RunState["lease"] {
  const row = connection.one(
    `SELECT owner, lease_until, upstream, attempt FROM runs
      WHERE tenant = :tenant AND id = :id AND owner IS NOT NULL`,
    { tenant, id },
  );
  return row
    ? {
      owner: String(row.owner),
      expiresAtMs: Number(row.lease_until),
      upstream: String(row.upstream),
      attempt: Number(row.attempt),
    }
    : null;
}

export function setLease(
  connection: Connection,
  tenant: string,
  runId: string,
  lease: NonNullable<RunChange["lease"]> | null,
): void {
  const { owner, expiresAtMs, upstream } = lease ??
    { owner: null, expiresAtMs: null, upstream: null };
  connection.run(
    `UPDATE runs
      SET owner = :owner, lease_until = :expiresAtMs, upstream = :upstream, attempt = :attempt
      WHERE tenant = :tenant AND id = :runId`,
    { tenant, runId, owner, expiresAtMs, upstream, attempt: lease?.attempt ?? 1 },
  );
}

/** Keeps leases for their owner; the statuses of those runs that are still its own. */
export function renewLeases(
  connection: Connection,
  tenant: string,
  runIds: readonly string[],
  { owner, expiresAtMs }: Lease,
): Map<string, Run["status"]> {
  const sql = `UPDATE runs SET lease_until = :expiresAtMs
    WHERE tenant = :tenant AND id IN (SELECT value FROM json_each(:ids)) AND owner = :owner
      AND ${ACTIVE}
    RETURNING id, status`;
  const rows = connection.all(sql, { tenant, ids: JSON.stringify(runIds), owner, expiresAtMs });
  return new Map(rows.map(({ id, status }) => [String(id), status as Run["status"]]));
}

export function lapsedRuns(
  connection: Connection,
  tenant: string,
  upstream: string,
  nowMs: number,
): Run[] {
  const sql = `SELECT body FROM runs
    WHERE tenant = :tenant AND upstream = :upstream AND lease_until <= :nowMs AND ${ACTIVE}`;
  return connection.all(sql, { tenant, upstream, nowMs }).map(parseBody<"run">);
}

/** Gives a lapsed lease to a new owner and counts the try; false where it is not to be had. */
export function takeLease(
  connection: Connection,
  tenant: string,
  runId: string,
  { owner, expiresAtMs, upstream }: Lease,
  nowMs: number,
): boolean {
  const sql = `UPDATE runs SET owner = :owner, lease_until = :expiresAtMs, attempt = attempt + 1
    WHERE tenant = :tenant AND id = :runId AND upstream = :upstream
      AND lease_until <= :nowMs AND ${ACTIVE}`;
  return connection.run(sql, { tenant, runId, owner, expiresAtMs, upstream, nowMs }) > 0;
}
