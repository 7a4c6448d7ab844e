/** Jobs of one tenant. */

import type { Job } from "./stored.ts";

/** Stores the jobs of one tenant until they expire. */
export interface JobStore {
  /**
   * Writes a job, unless it has already ended, and deletes the tenant's expired jobs.
   *
   * @param nowS unix seconds
   */
  putJob(job: Job, nowS: number): Promise<void>;

  /**
   * Returns a job, or undefined if it does not exist or has expired.
   *
   * @param nowS unix seconds
   */
  getJob(id: string, nowS: number): Promise<Job | undefined>;
}
