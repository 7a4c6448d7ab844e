/**
 * Generates or edits images: one request per image, all at once, so that each image is reported and
 * saved as soon as it is complete, even if others fail. No request is sent twice, because each may be
 * charged, unless the model rejected a parameter that this server added.
 */

import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import type { ToolContext } from "../define_tool.ts";
import { createRequester, explainUnknownModel, type ImageRequest } from "./image_request.ts";
import { detectImageType } from "./image_type.ts";
import { writeNewFile } from "../files/local_files.ts";

/** A generated image; unknown fields are null. */
export interface Image {
  /** The id in the Files API. */
  id: string | null;
  mime_type: string | null;
  bytes: number | null;
  /** In pixels, such as `1024x1024`. */
  size: string | null;
  /** A resource of this server, or the URL at which the upstream serves the image. */
  uri: string;
  /** The path to which it was written. */
  path: string | null;
  revised_prompt: string | null;
  /** Tokens used. */
  tokens: number | null;
}

/** The result of the image tools. */
export interface Images {
  /** `incomplete` if images are missing; `error` says why. */
  status: "in_progress" | "completed" | "incomplete";
  images: Image[];
  /** The sum over all requests. */
  usage: Record<string, unknown> | null;
  error: string | null;
  job_id: string | null;
}

type Response = OpenAI.Images.ImagesResponse;
type SavedImage = { image: Image; usage: Response["usage"]; note: string | undefined };

/** Characters to show of a prompt that the model has revised. */
const MAX_REVISED = 1000;

/**
 * Makes the images of a request, saves them, and reports each as progress.
 *
 * @throws {ApiError} the first failure, if no image succeeded
 */
export async function makeImages(
  request: ImageRequest,
  context: ToolContext,
  signal: AbortSignal,
): Promise<Images> {
  const { n = 1 } = request;
  const requestImage = await createRequester(request, context, signal);
  let completed = 0;
  const settled = await Promise.allSettled(Array.from({ length: n }, async () => {
    const saved = await saveImage(await requestImage(), context);
    const { size, mime_type, bytes } = saved.image;
    const facts = [size, mime_type, bytes === null ? null : `${bytes} bytes`];
    context.progress({
      status: `Image ${++completed} of ${n}: ${facts.filter((fact) => fact !== null).join(", ")}.`,
    });
    return saved;
  }));
  signal.throwIfAborted();
  const saved = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  const failures = settled.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  if (saved.length === 0) throw await explainUnknownModel(failures[0], context, signal);
  return {
    status: failures.length === 0 ? "completed" : "incomplete",
    images: saved.map(({ image }) => image),
    usage: sumUsage(saved.flatMap(({ usage }) => usage ?? [])),
    error: errorText(failures, saved, n),
    job_id: null,
  };
}

/** Saves the image of a response in the Files API, and in IMAGE_OUTPUT_DIR if that is set. */
async function saveImage(response: Response, context: ToolContext): Promise<SavedImage> {
  const [data] = response.data ?? [];
  const { usage } = response;
  const details = {
    revised_prompt: shorten(data?.revised_prompt),
    tokens: usage?.total_tokens ?? null,
  };
  if (data?.b64_json === undefined && /^https?:/.test(data?.url ?? "")) {
    // Not fetched: an upstream's URL could lead anywhere in this network. The client may fetch it.
    const unknown = { id: null, mime_type: null, bytes: null, size: null, path: null };
    return { image: { ...unknown, uri: data?.url ?? "", ...details }, usage, note: undefined };
  }
  const content = contentOf(data?.b64_json);
  const type = detectImageType(content);
  if (type === undefined) throw notAnImage();
  const { mimeType: mime_type, extension, size } = type;
  const id = await context.saveFile({ filename: `image.${extension}`, content });
  const { path, note } = await writeImage(`${id}.${extension}`, content, context);
  const uri = `openai://files/${id}`;
  return {
    image: { id, mime_type, bytes: content.length, size, uri, path, ...details },
    usage,
    note,
  };
}

/** If the folder cannot be written, the image is still saved in the Files API, and a note says so. */
async function writeImage(
  name: string,
  content: Uint8Array,
  { folders }: ToolContext,
): Promise<{ path: string | null; note?: string }> {
  if (folders.images === undefined) return { path: null };
  try {
    return { path: await writeNewFile(folders.images, name, content) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      path: null,
      note:
        `Cannot write to IMAGE_OUTPUT_DIR (${reason}); the images are stored under their ids only.`,
    };
  }
}

function contentOf(base64: string | undefined): Uint8Array<ArrayBuffer> {
  try {
    if (base64 !== undefined) return Uint8Array.fromBase64(base64);
  } catch {
    // Not base64, and so not an image either.
  }
  throw notAnImage();
}

function notAnImage(): ApiError {
  return new ApiError("The model server answered with something that is not an image.", {
    status: 502,
    type: "server_error",
    code: "invalid_image",
  });
}

function shorten(prompt: string | undefined): string | null {
  if (prompt === undefined) return null;
  return prompt.length > MAX_REVISED ? `${prompt.slice(0, MAX_REVISED).toWellFormed()}…` : prompt;
}

/** Adds up usages, nested details included. */
function sumUsage(usages: object[]): Record<string, unknown> | null {
  if (usages.length === 0) return null;
  const sum: Record<string, unknown> = {};
  for (const usage of usages) {
    for (const [name, value] of Object.entries(usage)) {
      const before = sum[name];
      if (typeof value === "number") sum[name] = (typeof before === "number" ? before : 0) + value;
      else if (typeof value === "object" && value !== null) {
        sum[name] = sumUsage([
          ...typeof before === "object" && before !== null ? [before] : [],
          value,
        ]);
      }
    }
  }
  return sum;
}

function errorText(failures: unknown[], saved: SavedImage[], n: number): string | null {
  const reasons = new Set(failures.map((failure) => toApiError(failure).message));
  const missing = failures.length === 0
    ? []
    : [`${failures.length} of ${n} images failed: ${[...reasons].join(" ")}`];
  const notes = new Set(saved.flatMap(({ note }) => note ?? []));
  return [...missing, ...notes].join(" ") || null;
}
