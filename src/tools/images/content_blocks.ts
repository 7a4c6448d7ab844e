/** The pictures of a result: shown as far as they fit into what a client takes, and linked beyond. */

import type { ResultBlock, ToolContext } from "../define_tool.ts";
import type { Image, Images } from "./batch.ts";

/** The largest result as it goes over the wire. */
const MAX_RESULT_BYTES = 999_000;

/** What a block has beside its data, and what a result has beside its blocks. */
const BLOCK_BYTES = 100;
const ENVELOPE_BYTES = 1000;

/** What a model can be shown. */
const SHOWN = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/** @param whole the result in which the images stand */
export async function blocksOf(
  { images }: Pick<Images, "images">,
  whole: object,
  { openai, signal }: ToolContext,
): Promise<ResultBlock[]> {
  const links = images.map(linkTo);
  let left = MAX_RESULT_BYTES - ENVELOPE_BYTES - jsonBytes(whole) -
    links.reduce((sum, link) => sum + bytesIn(JSON.stringify(link)) + BLOCK_BYTES, 0);
  return await Promise.all(images.map(async (image) => {
    const { id, bytes, mime_type } = image;
    const link = linkTo(image);
    const cost = Math.ceil((bytes ?? 0) / 3) * 4;
    if (id === null || mime_type === null || !SHOWN.includes(mime_type) || cost > left) return link;
    left -= cost;
    try {
      const response = await openai.files.content(id, { signal });
      return { type: "image" as const, data: await response.bytes(), mimeType: mime_type };
    } catch {
      // It may be deleted by now; the result still tells of it.
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

/** A result is there twice: as an object, and as text in which each quote is escaped. */
function jsonBytes(whole: object): number {
  const json = JSON.stringify(whole);
  return bytesIn(json) + bytesIn(JSON.stringify(json));
}

function bytesIn(text: string): number {
  return new TextEncoder().encode(text).length;
}
