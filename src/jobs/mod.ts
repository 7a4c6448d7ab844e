/** Jobs: work of tool calls that continues after the call has returned. */

export type { Job } from "../store/mod.ts";
export { Jobs, type JobsOptions } from "./jobs.ts";
export type { JobCall, Outcome, TenantJobs } from "./types.ts";
