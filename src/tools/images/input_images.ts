/**
 * Images that a call names, by file id, data URL, base64 or path, as the upstream takes them. What
 * they are is told by their bytes, and one that claims to be another is refused. No URL is fetched.
 */

import type OpenAI from "openai";
import { mediaTypeOf } from "../../shared/media_type.ts";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import { imageTypeOf } from "./image_type.ts";
import { readPath } from "../files/paths.ts";
import type { Folders } from "../define_tool.ts";

/** An image with its content, or one that only the upstream can read. */
export type InputImage =
  | { content: Uint8Array<ArrayBuffer>; mimeType: string; extension: string; size: string | null }
  | { file_id: string };

interface From {
  openai: OpenAI;
  folders: Folders;
  signal: AbortSignal;
}

/** What the upstream takes of one image, and what is held in memory of a call's. */
const MAX_BYTES = 50 * 2 ** 20;

const MAX_IMAGES = 16;

const TAKEN = ["image/png", "image/jpeg", "image/webp"];

/**
 * The images to edit and the mask over the first of them.
 *
 * @throws {ApiError} for one that cannot be had, is no image or is another than it says
 */
export async function inputImages(
  given: { images: readonly string[]; mask?: string },
  from: From,
): Promise<{ images: InputImage[]; mask: InputImage | undefined }> {
  if (given.images.length === 0 || given.images.length > MAX_IMAGES) {
    throw invalid(
      `'images' has ${given.images.length} images; it takes 1 to ${MAX_IMAGES}.`,
      "images",
    );
  }
  let left = MAX_BYTES;
  const images: InputImage[] = [];
  for (const [index, text] of given.images.entries()) {
    const image = await inputImage(text, { ...from, param: `images[${index}]`, maxBytes: left });
    if ("content" in image) left -= image.content.length;
    images.push(image);
  }
  if (given.mask === undefined) return { images, mask: undefined };
  const mask = await inputImage(given.mask, { ...from, param: "mask", maxBytes: left });
  checkMask(mask, images[0]);
  return { images, mask };
}

type Reading = From & { param: string; maxBytes: number };

async function inputImage(text: string, reading: Reading): Promise<InputImage> {
  const { param, maxBytes, folders } = reading;
  if (/^file-[\w-]+$/.test(text)) return await fromFile(text, reading);
  const data = /^data:([^;,]*)(?:;[^;,]*)*?(;base64)?,/i.exec(text);
  if (data !== null) {
    const [head, claimed = "", base64] = data;
    const content = base64 ? decoded(text.slice(head.length)) : undefined;
    if (content === undefined) throw invalid(`'${param}' is no data URL in base64.`, param);
    return checked(content, reading, claimed);
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new ApiError(
      `'${param}' is a URL, and this server fetches none. Send a file id, a data URL or base64.`,
      { status: 400, code: "url_not_allowed", param },
    );
  }
  const content = decoded(text);
  // A path may be spelled like base64; only an image counts as one.
  if (content !== undefined && (imageTypeOf(content) !== undefined || !/[/\\]/.test(text))) {
    return checked(content, reading);
  }
  const claimed = mediaTypeOf(text, false);
  const read = await readPath(text, { readable: folders.readable, param, maxBytes });
  return checked(read, reading, claimed.startsWith("image/") ? claimed : "");
}

/** A file of ours by its content; one of the upstream's by its id where it gives no content away. */
async function fromFile(id: string, reading: Reading): Promise<InputImage> {
  const { openai, signal, param, maxBytes } = reading;
  try {
    const { bytes } = await openai.files.retrieve(id, { signal });
    if (bytes > maxBytes) throw tooLarge(bytes, reading);
    const response = await openai.files.content(id, { signal });
    return checked(await response.bytes(), reading);
  } catch (error) {
    signal.throwIfAborted();
    const refusal = toApiError(error);
    if (refusal.hint === "content_not_downloadable") return { file_id: id };
    throw new ApiError(refusal.message, { ...refusal, param });
  }
}

/** Refuses what is no image, or another than `claimed` says; an empty claim is none. */
function checked(
  content: Uint8Array<ArrayBuffer>,
  reading: Reading,
  claimed = "",
): InputImage {
  const { param, maxBytes } = reading;
  if (content.length > maxBytes) throw tooLarge(content.length, reading);
  const type = imageTypeOf(content);
  if (type === undefined || !TAKEN.includes(type.mimeType)) {
    throw invalid(
      `'${param}' is ${type?.mimeType ?? "no image"} by its content; PNG, JPEG and WebP are taken.`,
      param,
      "invalid_image",
    );
  }
  const says = claimed.toLowerCase().replace("image/jpg", "image/jpeg");
  if (says !== "" && says !== type.mimeType) {
    throw invalid(
      `'${param}' says that it is ${claimed}, and is ${type.mimeType} by its content.`,
      param,
      "invalid_image",
    );
  }
  return { content, ...type };
}

/** The upstream would say the same, after it has been sent everything. */
function checkMask(mask: InputImage, first: InputImage | undefined): void {
  if (!("content" in mask)) return;
  if (mask.mimeType !== "image/png") {
    throw invalid(`'mask' is ${mask.mimeType}; a mask is a PNG.`, "mask", "invalid_image");
  }
  if (first === undefined || !("content" in first) || first.size === null) return;
  if (mask.size === first.size) return;
  throw invalid(
    `'mask' is ${mask.size}, and the image under it ${first.size}: they have to be alike.`,
    "mask",
    "invalid_image",
  );
}

function decoded(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}

function tooLarge(bytes: number, { param, maxBytes }: Reading): ApiError {
  return new ApiError(
    `'${param}' has ${bytes} bytes; the images of a call may have ${MAX_BYTES} together, of which ` +
      `${maxBytes} are left.`,
    { status: 413, code: "file_too_large", param },
  );
}

function invalid(message: string, param: string, code: string | null = null): ApiError {
  return new ApiError(message, { status: 400, code, param });
}
