/** Jobs: the work of calls that outlasted their wait. */

import * as z from "zod";
import type { Job } from "../../jobs/mod.ts";
import type { Images } from "../images/make_images.ts";
import { checkedWait } from "../deadline.ts";
import { defineTool } from "../define_tool.ts";
import { jobSchema } from "../schemas/results.ts";
import { id, waitS } from "../schemas/arguments.ts";

export const getJob = defineTool({
  name: "get_job",
  title: "Get job",
  description: "Wait for a job to end, at most wait_s seconds, and return its result, " +
    "which is kept for an hour.",
  toolset: "models",
  hints: { readOnly: true, idempotent: true },
  longRunning: true,
  input: z.object({ job_id: id, wait_s: waitS }),
  output: jobSchema,
  run: async ({ job_id, wait_s }, context) =>
    await context.jobs.get(job_id, checkedWait(wait_s, context) * 1000, context.signal),
  async show(job, context) {
    const { result } = job as Job;
    if (result === null || !("images" in result)) return [];
    const { imageBlocks } = await import("../images/image_blocks.ts");
    return await imageBlocks(result as Images, job, context);
  },
});
