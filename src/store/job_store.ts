/** Jobs of one tenant. */

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

/** Work of a tool call that continues after the call has returned, and its outcome. */
export interface Job {
  id: string;
  /** The tool that was called. */
  tool: string;
  status: "in_progress" | "completed" | "failed";
  /** The tool's result; null until the job is completed. */
  result: object | null;
  /** The tool's error; null unless the job has failed. */
  error: object | null;
  /** Unix seconds from which the job is no longer found. */
  expires_at: number;
}
