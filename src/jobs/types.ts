/** Jobs as tools use them. */

import type { Job } from "../store/mod.ts";

/** A tool call whose work may become a job. */
export interface JobCall {
  tool: string;
  /** How long the call waits before its work continues as a job; 0 makes it a job at once. */
  waitMs: number;
  /** Aborts the work, until it is a job. */
  signal: AbortSignal;
}

/** The result of the work, or the job that the work continues as. */
export type Outcome<T> = { result: T } | { job: Job };

/** The jobs of one tenant. */
export interface TenantJobs {
  /**
   * Does the work of a call. The work's signal is aborted when the call is aborted, and when the
   * process ends.
   *
   * @throws {unknown} what the work throws, if it does so before it becomes a job
   */
  run<T extends object>(
    call: JobCall,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>>;
  /**
   * Waits until a job has ended, for at most `waitMs`, and returns it.
   *
   * @throws {ApiError} 404 if the tenant has no such job
   */
  get(id: string, waitMs: number, signal: AbortSignal): Promise<Job>;
}
