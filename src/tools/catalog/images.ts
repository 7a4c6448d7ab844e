/** Images: generate from a prompt, or edit. The implementation is loaded with the first call. */

import * as z from "zod";
import { checkedWait } from "../deadline.ts";
import { defineTool, type ToolContext } from "../define_tool.ts";
import type { Images } from "../images/make_images.ts";
import type { ImageRequest } from "../images/image_request.ts";
import { imagesSchema } from "../schemas/results.ts";
import { waitS } from "../schemas/arguments.ts";

const optionalText = z.string().optional();

const imageFields = {
  model: optionalText,
  size: optionalText,
  quality: optionalText,
  background: optionalText,
  output_format: optionalText,
  output_compression: z.int().min(0).max(100).optional(),
  n: z.int().min(1).max(10).optional(),
  wait_s: waitS,
};

export const createImage = defineTool({
  name: "create_image",
  title: "Create image",
  description: "Create images from a prompt. Work that takes longer than wait_s continues as a " +
    "job: see get_job.",
  toolset: "images",
  kebabName: "create-image",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    prompt: z.string(),
    ...imageFields,
    size: optionalText.describe("Such as 1536x1024"),
    quality: optionalText.describe("low, medium or high"),
    background: optionalText.describe("transparent or opaque"),
    output_format: optionalText.describe("png, jpeg or webp; default: one that fits the result"),
  }),
  output: imagesSchema,
  run: (args, context) => makeWithinWait("create_image", args, context),
  show: (result, context) => showImages(result as Images, context),
});

export const editImage = defineTool({
  name: "edit_image",
  title: "Edit image",
  description: "Edit or combine images by a prompt. Other arguments: see create_image.",
  toolset: "images",
  kebabName: "edit-image",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    prompt: z.string(),
    images: z.array(z.string()).describe("File IDs, data URLs, base64, or paths (stdio only)"),
    mask: optionalText.describe("PNG; its transparent areas are edited"),
    ...imageFields,
  }),
  output: imagesSchema,
  run: (args, context) => makeWithinWait("edit_image", args, context),
  show: (result, context) => showImages(result as Images, context),
});

/** Makes the images within `wait_s`; longer work continues as a job. */
async function makeWithinWait(
  tool: string,
  { wait_s, ...request }: ImageRequest & { wait_s?: number },
  context: ToolContext,
): Promise<Images> {
  const waitMs = checkedWait(wait_s, context) * 1000;
  const { makeImages } = await import("../images/make_images.ts");
  const outcome = await context.jobs.run(
    { tool, waitMs, signal: context.signal },
    (signal) => makeImages(request, context, signal),
  );
  if ("result" in outcome) return outcome.result;
  return { status: "in_progress", images: [], usage: null, error: null, job_id: outcome.job.id };
}

async function showImages(result: Images, context: ToolContext) {
  const { imageBlocks } = await import("../images/image_blocks.ts");
  return await imageBlocks(result, result, context);
}
