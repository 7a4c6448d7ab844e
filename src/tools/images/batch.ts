/**
 * Images from a model: it is asked once for each, all at the same time, so that each is told of and
 * kept as soon as it is there, whatever becomes of the others. None is asked for twice: it may be
 * paid all the same.
 */

import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import type { ToolContext } from "../define_tool.ts";
import { askerOf, type ImageRequest, withModels } from "./request.ts";
import { imageTypeOf } from "./image_type.ts";
import { writeNew } from "../files/paths.ts";

/** An image that was made; what is not known of it is null. */
export interface Image {
  /** By which the Files API has it. */
  id: string | null;
  mime_type: string | null;
  bytes: number | null;
  /** In pixels, as `1024x1024`. */
  size: string | null;
  /** A resource of this server, or where the upstream has put it. */
  uri: string;
  /** Where it was written. */
  path: string | null;
  revised_prompt: string | null;
  /** What it cost. */
  tokens: number | null;
}

/** What the image tools answer with. */
export interface Images {
  /** `incomplete`: some images are missing, and `error` says why. */
  status: "in_progress" | "completed" | "incomplete";
  images: Image[];
  /** Of all requests together. */
  usage: Record<string, unknown> | null;
  error: string | null;
  job_id: string | null;
}

type Response = OpenAI.Images.ImagesResponse;
type Made = { image: Image; usage: Response["usage"]; note: string | undefined };

/** What is shown of a prompt that the model has revised. */
const MAX_REVISED = 1000;

/** @throws {ApiError} when there is no image at all: why the first is missing */
export async function makeImages(
  request: ImageRequest,
  context: ToolContext,
  signal: AbortSignal,
): Promise<Images> {
  const { n = 1 } = request;
  const ask = await askerOf(request, context, signal);
  let ready = 0;
  const settled = await Promise.allSettled(Array.from({ length: n }, async () => {
    const made = await keep(await ask(), context);
    const { size, mime_type, bytes } = made.image;
    const what = [size, mime_type, bytes === null ? null : `${bytes} bytes`];
    context.progress({
      status: `Image ${++ready} of ${n}: ${what.filter((part) => part !== null).join(", ")}.`,
    });
    return made;
  }));
  signal.throwIfAborted();
  const made = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  const failures = settled.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  if (made.length === 0) throw await withModels(failures[0], context, signal);
  return {
    status: failures.length === 0 ? "completed" : "incomplete",
    images: made.map(({ image }) => image),
    usage: sumOf(made.flatMap(({ usage }) => usage ?? [])),
    error: errorOf(failures, made, n),
    job_id: null,
  };
}

/** Keeps an image by an id of the Files API, and writes it where the operator wants images. */
async function keep(response: Response, context: ToolContext): Promise<Made> {
  const [answer] = response.data ?? [];
  const { usage } = response;
  const about = {
    revised_prompt: shortened(answer?.revised_prompt),
    tokens: usage?.total_tokens ?? null,
  };
  if (answer?.b64_json === undefined && /^https?:/.test(answer?.url ?? "")) {
    // Whoever wants it may fetch it: a URL of an upstream could lead anywhere from here.
    const unknown = { id: null, mime_type: null, bytes: null, size: null, path: null };
    return { image: { ...unknown, uri: answer?.url ?? "", ...about }, usage, note: undefined };
  }
  const content = contentOf(answer?.b64_json);
  const type = imageTypeOf(content);
  if (type === undefined) throw noImage();
  const { mimeType: mime_type, extension, size } = type;
  const id = await context.saveFile({ filename: `image.${extension}`, content });
  const { path, note } = await write(`${id}.${extension}`, content, context);
  const uri = `openai://files/${id}`;
  return {
    image: { id, mime_type, bytes: content.length, size, uri, path, ...about },
    usage,
    note,
  };
}

/** What is paid and kept is not lost because a folder cannot be written. */
async function write(
  name: string,
  content: Uint8Array,
  { folders }: ToolContext,
): Promise<{ path: string | null; note?: string }> {
  if (folders.images === undefined) return { path: null };
  try {
    return { path: await writeNew(folders.images, name, content) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      path: null,
      note:
        `IMAGE_OUTPUT_DIR cannot be written (${reason}): the images are kept by their ids only.`,
    };
  }
}

function contentOf(base64: string | undefined): Uint8Array<ArrayBuffer> {
  try {
    if (base64 !== undefined) return Uint8Array.fromBase64(base64);
  } catch {
    // What is no base64 is no image either.
  }
  throw noImage();
}

function noImage(): ApiError {
  return new ApiError("The model server answered with something that is no image.", {
    status: 502,
    type: "server_error",
    code: "invalid_image",
  });
}

function shortened(prompt: string | undefined): string | null {
  if (prompt === undefined) return null;
  return prompt.length > MAX_REVISED ? `${prompt.slice(0, MAX_REVISED).toWellFormed()}…` : prompt;
}

/** The usages of all requests in one, the details included. */
function sumOf(usages: object[]): Record<string, unknown> | null {
  if (usages.length === 0) return null;
  const sum: Record<string, unknown> = {};
  for (const usage of usages) {
    for (const [name, value] of Object.entries(usage)) {
      const before = sum[name];
      if (typeof value === "number") sum[name] = (typeof before === "number" ? before : 0) + value;
      else if (typeof value === "object" && value !== null) {
        sum[name] = sumOf([
          ...typeof before === "object" && before !== null ? [before] : [],
          value,
        ]);
      }
    }
  }
  return sum;
}

function errorOf(failures: unknown[], made: Made[], n: number): string | null {
  const reasons = new Set(failures.map((failure) => toApiError(failure).message));
  const missing = failures.length === 0
    ? []
    : [`${failures.length} of ${n} images failed: ${[...reasons].join(" ")}`];
  const notes = new Set(made.flatMap(({ note }) => note ?? []));
  return [...missing, ...notes].join(" ") || null;
}
