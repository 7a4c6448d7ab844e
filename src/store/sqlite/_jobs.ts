/** Jobs, in their table until they expire. */

import type { Connection } from "./connection.ts";
import type { Job } from "../job_store.ts";

/** Writes a job, unless it has already ended, and deletes the tenant's expired jobs. */
export function putJob(connection: Connection, tenant: string, job: Job, nowS: number): void {
  const deleteExpired = "DELETE FROM jobs WHERE tenant = :tenant AND expires_at <= :nowS";
  connection.run(deleteExpired, { tenant, nowS });
  connection.run(
    `INSERT INTO jobs (tenant, id, body) VALUES (:tenant, :id, :body)
      ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body
        WHERE status = 'in_progress'`,
    { tenant, id: job.id, body: JSON.stringify(job) },
  );
}

/** Returns a job, or undefined if it does not exist or has expired. */
export function findJob(
  connection: Connection,
  tenant: string,
  id: string,
  nowS: number,
): Job | undefined {
  const sql = "SELECT body FROM jobs WHERE tenant = :tenant AND id = :id AND expires_at > :nowS";
  const row = connection.one(sql, { tenant, id, nowS });
  return row && JSON.parse(String(row.body));
}
