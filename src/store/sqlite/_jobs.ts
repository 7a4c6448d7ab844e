/** Jobs in their table, from which they go when they have expired. */

import type { Connection } from "./connection.ts";
import type { Job } from "../job_store.ts";

export function putJob(connection: Connection, tenant: string, job: Job, now: number): void {
  const expired = "DELETE FROM jobs WHERE tenant = :tenant AND expires_at <= :now";
  connection.run(expired, { tenant, now });
  connection.run(
    `INSERT INTO jobs (tenant, id, body) VALUES (:tenant, :id, :body)
      ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body
        WHERE status = 'in_progress'`,
    { tenant, id: job.id, body: JSON.stringify(job) },
  );
}

export function findJob(
  connection: Connection,
  tenant: string,
  id: string,
  now: number,
): Job | undefined {
  const sql = "SELECT body FROM jobs WHERE tenant = :tenant AND id = :id AND expires_at > :now";
  const row = connection.one(sql, { tenant, id, now });
  return row && JSON.parse(String(row.body));
}
