/** Requests to the Images API: their parameters, their input images, and their errors. */

import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import type { ToolContext } from "../define_tool.ts";
import { chooseFormat } from "./output_format.ts";
import { type InputImage, readInputImages } from "./input_images.ts";

type Response = OpenAI.Images.ImagesResponse;

/** The arguments of the image tools. The model server checks most values, because they differ by model. */
export interface ImageRequest {
  prompt: string;
  model?: string;
  size?: string;
  quality?: string;
  background?: string;
  output_format?: string;
  output_compression?: number;
  n?: number;
  /** Images to edit: file ids, data URLs, base64 or paths. A new image by default. */
  images?: string[];
  mask?: string;
}

/** The quality names of older models, with their successors. */
const QUALITIES: Record<string, string> = { standard: "medium", hd: "high" };

/**
 * Returns a function that requests one image each time it is called; input images are read once.
 *
 * @throws {ApiError} if an input image cannot be used
 */
export async function createRequester(
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
  const format = chooseFormat({ ...request, n });
  const send = await createSender(request, context, signal);
  return async () => {
    try {
      return await send({ ...params, ...format });
    } catch (error) {
      const { status, param } = toApiError(error);
      // Models without output formats reject the parameters that we added: leave them out.
      const isOurParam = (param === "output_format" || param === "output_compression") &&
        request.output_format === undefined && request.output_compression === undefined;
      if (status !== 400 || !isOurParam) throw error;
      return await send(params);
    }
  };
}

/** Adds the names of image models to an error about the model; returns any other error as it is. */
export async function explainUnknownModel(
  failure: unknown,
  { openai }: ToolContext,
  signal: AbortSignal,
): Promise<unknown> {
  const apiError = toApiError(failure);
  if (apiError.hint !== "unknown_model" && apiError.param !== "model") return apiError;
  try {
    const names = (await openai.models.list({ signal })).data.map(({ id }) => id);
    const images = names.filter((name) => /image|dall-e|flux|diffusion/i.test(name));
    const listed = (images.length > 0 ? images : names).slice(0, 20).join(", ");
    const kind = images.length > 0 ? "Image models here" : "Models here";
    return new ApiError(`${apiError.message} ${kind}: ${listed}.`, apiError);
  } catch {
    return apiError;
  }
}

/** Returns a function that sends a request: a generation, or an edit of the input images. */
async function createSender(
  { images: inputs, mask: inputMask }: ImageRequest,
  { openai, folders }: ToolContext,
  signal: AbortSignal,
): Promise<(params: object) => Promise<Response>> {
  if (inputs === undefined) {
    return (body) => openai.post<Response>("/images/generations", { body, signal });
  }
  const { images, mask } = await readInputImages(
    { images: inputs, mask: inputMask },
    { openai, folders, signal },
  );
  if ([...images, ...mask ? [mask] : []].some((image) => "file_id" in image)) {
    // Only the JSON form of this request accepts file ids.
    const refs = { images: images.map(toReference), mask: mask && toReference(mask) };
    return (params) =>
      openai.post<Response>("/images/edits", { body: { ...params, ...refs }, signal });
  }
  const files = { image: images.flatMap(toFiles), mask: mask && toFiles(mask)[0] };
  return (params) =>
    openai.images.edit(
      { ...params, ...files } as OpenAI.Images.ImageEditParamsNonStreaming,
      { signal },
    );
}

function toReference(image: InputImage): object {
  if ("file_id" in image) return image;
  return { image_url: `data:${image.mimeType};base64,${image.content.toBase64()}` };
}

function toFiles(image: InputImage): File[] {
  if ("file_id" in image) return [];
  const { content, mimeType, extension } = image;
  return [new File([content], `image.${extension}`, { type: mimeType })];
}
