/** The images of a result as content blocks: embedded up to the size that clients accept, else linked. */

import type { ResultBlock, ToolContext } from "../define_tool.ts";
import type { Image, Images } from "./make_images.ts";

/** Maximum size of a result on the wire. */
const MAX_RESULT_BYTES = 999_000;

/** Overhead of a block, and of a result. */
const BLOCK_BYTES = 100;
const ENVELOPE_BYTES = 1000;

/** The types that models can see. */
const VISIBLE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/**
 * Returns one block per image.
 *
 * @param result the whole result, which takes its part of the maximum size
 */
export async function imageBlocks(
  { images }: Pick<Images, "images">,
  result: object,
  { openai, signal }: ToolContext,
): Promise<ResultBlock[]> {
  const links = images.map(linkTo);
  let remaining = MAX_RESULT_BYTES - ENVELOPE_BYTES - jsonBytes(result) -
    links.reduce((sum, link) => sum + bytesIn(JSON.stringify(link)) + BLOCK_BYTES, 0);
  return await Promise.all(images.map(async (image) => {
    const { id, bytes, mime_type } = image;
    const link = linkTo(image);
    const cost = Math.ceil((bytes ?? 0) / 3) * 4;
    if (
      id === null || mime_type === null || !VISIBLE_TYPES.includes(mime_type) || cost > remaining
    ) return link;
    remaining -= cost;
    try {
      const response = await openai.files.content(id, { signal });
      return { type: "image" as const, data: await response.bytes(), mimeType: mime_type };
    } catch {
      // The file may have been deleted since.
      return link;
    }
  }));
}

function linkTo(image: Image): ResultBlock {
  return {
    type: "link",
    uri: image.uri,
    name: image.id ?? "image",
    ...(image.mime_type !== null && { mimeType: image.mime_type }),
    ...(image.bytes !== null && { size: image.bytes }),
  };
}

/** A result is sent twice: as an object, and as text with every quote escaped. */
function jsonBytes(result: object): number {
  const json = JSON.stringify(result);
  return bytesIn(json) + bytesIn(JSON.stringify(json));
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}
