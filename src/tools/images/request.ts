/** One request for an image: what goes out for what a call asks for, and what a refusal of it says. */

import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import type { ToolContext } from "../define_tool.ts";
import { formatFor } from "./output_format.ts";
import { type InputImage, inputImages } from "./input_images.ts";

type Response = OpenAI.Images.ImagesResponse;

/** What a call asks for; the models' own lists of what they take change. */
export interface ImageRequest {
  prompt: string;
  model?: string;
  size?: string;
  quality?: string;
  background?: string;
  output_format?: string;
  output_compression?: number;
  n?: number;
  /** To edit, by any of their names; without them there is something new. */
  images?: string[];
  mask?: string;
}

/** Qualities by the names that the models before had for them. */
const QUALITIES: Record<string, string> = { standard: "medium", hd: "high" };

/**
 * What asks for one image, as often as it is called; the images to edit are read once.
 *
 * @throws {ApiError} for an image that cannot be sent
 */
export async function askerOf(
  request: ImageRequest,
  context: ToolContext,
  signal: AbortSignal,
): Promise<() => Promise<Response>> {
  const { n = 1, prompt, size, quality, background } = request;
  const params = {
    model: request.model ?? context.defaultImageModel,
    prompt,
    size,
    quality: QUALITIES[quality ?? ""] ?? quality,
    background,
    n: 1,
  };
  const format = formatFor({ ...request, n });
  const send = await senderOf(request, context, signal);
  return async () => {
    try {
      return await send({ ...params, ...format });
    } catch (error) {
      const { status, param } = toApiError(error);
      // A model that knows no formats, and says so before it does anything, is asked without.
      const isOurs = (param === "output_format" || param === "output_compression") &&
        request.output_format === undefined && request.output_compression === undefined;
      if (status !== 400 || !isOurs) throw error;
      return await send(params);
    }
  };
}

/** A refusal of a model that does not make images, with the names of those that do. */
export async function withModels(
  failure: unknown,
  { openai }: ToolContext,
  signal: AbortSignal,
): Promise<unknown> {
  const refusal = toApiError(failure);
  if (refusal.hint !== "unknown_model" && refusal.param !== "model") return refusal;
  try {
    const names = (await openai.models.list({ signal })).data.map(({ id }) => id);
    const images = names.filter((name) => /image|dall-e|flux|diffusion/i.test(name));
    const listed = (images.length > 0 ? images : names).slice(0, 20).join(", ");
    const kind = images.length > 0 ? "Models for images here" : "Models here";
    return new ApiError(`${refusal.message} ${kind}: ${listed}.`, refusal);
  } catch {
    return refusal;
  }
}

/** Sends a request with the images of the call, if it has some. */
async function senderOf(
  { images: given, mask: givenMask }: ImageRequest,
  { openai, folders }: ToolContext,
  signal: AbortSignal,
): Promise<(params: object) => Promise<Response>> {
  if (given === undefined) {
    return (body) => openai.post<Response>("/images/generations", { body, signal });
  }
  const { images, mask } = await inputImages(
    { images: given, mask: givenMask },
    { openai, folders, signal },
  );
  if ([...images, ...mask ? [mask] : []].some((image) => "file_id" in image)) {
    // Of the two forms of this request only the newer one knows files by id.
    const refs = { images: images.map(referenceTo), mask: mask && referenceTo(mask) };
    return (params) =>
      openai.post<Response>("/images/edits", { body: { ...params, ...refs }, signal });
  }
  const files = { image: images.flatMap(fileOf), mask: mask && fileOf(mask)[0] };
  return (params) =>
    openai.images.edit(
      { ...params, ...files } as OpenAI.Images.ImageEditParamsNonStreaming,
      { signal },
    );
}

function referenceTo(image: InputImage): object {
  if ("file_id" in image) return image;
  return { image_url: `data:${image.mimeType};base64,${image.content.toBase64()}` };
}

function fileOf(image: InputImage): File[] {
  if ("file_id" in image) return [];
  const { content, mimeType, extension } = image;
  return [new File([content], `image.${extension}`, { type: mimeType })];
}
