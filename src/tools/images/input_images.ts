/**
 * Reads the input images of a call: file ids, data URLs, base64 or paths. The type is detected from
 * the bytes and must match the declared type, if any. URLs are never fetched.
 */

import type OpenAI from "openai";
import { mediaTypeOf } from "../../shared/media_type.ts";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import { detectImageType } from "./image_type.ts";
import { readLocalFile } from "../files/local_files.ts";
import type { Folders } from "../define_tool.ts";

/** An image with its content, or the id of a file that only the upstream can read. */
export type InputImage =
  | { content: Uint8Array<ArrayBuffer>; mimeType: string; extension: string; size: string | null }
  | { file_id: string };

interface Source {
  openai: OpenAI;
  folders: Folders;
  signal: AbortSignal;
}

/** The upstream's limit for one image; here the limit for all images of a call, held in memory. */
const MAX_BYTES = 50 * 2 ** 20;

const MAX_IMAGES = 16;

const SUPPORTED_TYPES = ["image/png", "image/jpeg", "image/webp"];

/**
 * Returns the images to edit, and the mask of the first image.
 *
 * @throws {ApiError} if an image cannot be read, is not of a supported type, or not of its declared type
 */
export async function readInputImages(
  inputs: { images: readonly string[]; mask?: string },
  source: Source,
): Promise<{ images: InputImage[]; mask: InputImage | undefined }> {
  if (inputs.images.length === 0 || inputs.images.length > MAX_IMAGES) {
    throw invalid(
      `'images' has ${inputs.images.length} images; expected 1 to ${MAX_IMAGES}.`,
      "images",
    );
  }
  let remainingBytes = MAX_BYTES;
  const images: InputImage[] = [];
  for (const [index, text] of inputs.images.entries()) {
    const options = { ...source, param: `images[${index}]`, maxBytes: remainingBytes };
    const image = await readInputImage(text, options);
    if ("content" in image) remainingBytes -= image.content.length;
    images.push(image);
  }
  if (inputs.mask === undefined) return { images, mask: undefined };
  const options = { ...source, param: "mask", maxBytes: remainingBytes };
  const mask = await readInputImage(inputs.mask, options);
  assertMaskFits(mask, images[0]);
  return { images, mask };
}

type ReadOptions = Source & { param: string; maxBytes: number };

async function readInputImage(text: string, options: ReadOptions): Promise<InputImage> {
  const { param, maxBytes, folders } = options;
  if (/^file-[\w-]+$/.test(text)) return await readUploadedImage(text, options);
  const data = /^data:([^;,]*)(?:;[^;,]*)*?(;base64)?,/i.exec(text);
  if (data !== null) {
    const [head, declared = "", base64] = data;
    const content = base64 ? decodeBase64(text.slice(head.length)) : undefined;
    if (content === undefined) throw invalid(`'${param}' is not a data URL with base64.`, param);
    return toInputImage(content, options, declared);
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new ApiError(
      `'${param}' is a URL, and this server fetches no URLs. Send a file id, a data URL or base64.`,
      { status: 400, code: "url_not_allowed", param },
    );
  }
  const content = decodeBase64(text);
  // A path may look like base64: text with a slash counts as base64 only if it decodes to an image.
  if (content !== undefined && (detectImageType(content) !== undefined || !/[/\\]/.test(text))) {
    return toInputImage(content, options);
  }
  const declared = mediaTypeOf(text, false);
  const read = await readLocalFile(text, { readable: folders.readable, param, maxBytes });
  return toInputImage(read, options, declared.startsWith("image/") ? declared : "");
}

/** Returns a file with its content; with its id, if the upstream does not allow downloading it. */
async function readUploadedImage(id: string, options: ReadOptions): Promise<InputImage> {
  const { openai, signal, param, maxBytes } = options;
  try {
    const { bytes } = await openai.files.retrieve(id, { signal });
    if (bytes > maxBytes) throw tooLarge(bytes, options);
    const response = await openai.files.content(id, { signal });
    return toInputImage(await response.bytes(), options);
  } catch (error) {
    signal.throwIfAborted();
    const apiError = toApiError(error);
    if (apiError.hint === "content_not_downloadable") return { file_id: id };
    throw new ApiError(apiError.message, { ...apiError, param });
  }
}

/**
 * Returns content as an image.
 *
 * @param declared the declared media type; empty if there is none
 * @throws {ApiError} 413 if it is too large, 400 if it is not a supported image of the declared type
 */
function toInputImage(
  content: Uint8Array<ArrayBuffer>,
  options: ReadOptions,
  declared = "",
): InputImage {
  const { param, maxBytes } = options;
  if (content.length > maxBytes) throw tooLarge(content.length, options);
  const type = detectImageType(content);
  if (type === undefined || !SUPPORTED_TYPES.includes(type.mimeType)) {
    throw invalid(
      `'${param}' is ${
        type?.mimeType ?? "not an image"
      } by its content; expected PNG, JPEG or WebP.`,
      param,
      "invalid_image",
    );
  }
  const declaredType = declared.toLowerCase().replace("image/jpg", "image/jpeg");
  if (declaredType !== "" && declaredType !== type.mimeType) {
    throw invalid(
      `'${param}' is declared as ${declared}, but is ${type.mimeType} by its content.`,
      param,
      "invalid_image",
    );
  }
  return { content, ...type };
}

/** The upstream checks this too, but only after everything has been sent. */
function assertMaskFits(mask: InputImage, first: InputImage | undefined): void {
  if (!("content" in mask)) return;
  if (mask.mimeType !== "image/png") {
    throw invalid(`'mask' is ${mask.mimeType}; a mask must be a PNG.`, "mask", "invalid_image");
  }
  if (first === undefined || !("content" in first) || first.size === null) return;
  if (mask.size === first.size) return;
  throw invalid(
    `'mask' is ${mask.size}, but the first image is ${first.size}; their sizes must be equal.`,
    "mask",
    "invalid_image",
  );
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}

function tooLarge(bytes: number, { param, maxBytes }: ReadOptions): ApiError {
  return new ApiError(
    `'${param}' has ${bytes} bytes; the images of a call may have ${MAX_BYTES} bytes in total, of ` +
      `which ${maxBytes} are left.`,
    { status: 413, code: "file_too_large", param },
  );
}

function invalid(message: string, param: string, code: string | null = null): ApiError {
  return new ApiError(message, { status: 400, code, param });
}
