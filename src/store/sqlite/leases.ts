/** Leases, in the rows of their runs. Only active runs have one. */

import type { Connection } from "./connection.ts";
import { parseBody } from "./objects.ts";
import { ACTIVE_STATUSES, type Run } from "../objects.ts";
import type { Lease, RunChange, RunState } from "../run_store.ts";

/** SQL condition: the run is active. */
export const IS_ACTIVE = `status IN (${ACTIVE_STATUSES.map((status) => `'${status}'`).join(", ")})`;

/** Returns the lease of a run, or null if it has none. */
export function findLease(
  connection: Connection,
  tenant: string,
  runId: string,
): RunState["lease"] {
  const row = connection.one(
    `SELECT owner, lease_until, upstream, attempt FROM runs
      WHERE tenant = :tenant AND id = :runId AND owner IS NOT NULL`,
    { tenant, runId },
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

/** Writes or, with null, removes the lease of a run. */
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

/** Renews the owner's leases. Returns the statuses of the runs that the owner still holds. */
export function renewLeases(
  connection: Connection,
  tenant: string,
  runIds: readonly string[],
  { owner, expiresAtMs }: Lease,
): Map<string, Run["status"]> {
  const sql = `UPDATE runs SET lease_until = :expiresAtMs
    WHERE tenant = :tenant AND id IN (SELECT value FROM json_each(:ids)) AND owner = :owner
      AND ${IS_ACTIVE}
    RETURNING id, status`;
  const rows = connection.all(sql, { tenant, ids: JSON.stringify(runIds), owner, expiresAtMs });
  return new Map(rows.map(({ id, status }) => [String(id), status as Run["status"]]));
}

/** Returns the active runs for an upstream whose lease has expired by `nowMs`. */
export function findRunsWithExpiredLease(
  connection: Connection,
  tenant: string,
  upstream: string,
  nowMs: number,
): Run[] {
  const sql = `SELECT body FROM runs
    WHERE tenant = :tenant AND upstream = :upstream AND lease_until <= :nowMs AND ${IS_ACTIVE}`;
  return connection.all(sql, { tenant, upstream, nowMs }).map(parseBody<"run">);
}

/**
 * Gives an expired lease to a new owner and counts the attempt. Returns false if the lease has not
 * expired, or the run is not active or is for another upstream.
 */
export function acquireExpiredLease(
  connection: Connection,
  tenant: string,
  runId: string,
  { owner, expiresAtMs, upstream }: Lease,
  nowMs: number,
): boolean {
  const sql = `UPDATE runs SET owner = :owner, lease_until = :expiresAtMs, attempt = attempt + 1
    WHERE tenant = :tenant AND id = :runId AND upstream = :upstream
      AND lease_until <= :nowMs AND ${IS_ACTIVE}`;
  return connection.run(sql, { tenant, runId, owner, expiresAtMs, upstream, nowMs }) > 0;
}
