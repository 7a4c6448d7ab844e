/** In which format and how compressed to ask for images, so that all of a call's fit into its result. */

/** As it stands in the request; undefined leaves it to the model. */
export interface Format {
  output_format?: string;
  output_compression?: number;
}

export interface Asked extends Format {
  size?: string;
  background?: string;
  n: number;
}

/** What all images of a result may have together, as bytes before base64. */
const IMAGE_BYTES = 700_000;

/** The largest of the sizes that a model chooses by itself, in pixels. */
const USUAL_PIXELS = 1536 * 1024;

/** Bytes a pixel that a JPEG full of detail may take, by quality, the best first: rather too many. */
const JPEG_COST: [quality: number, cost: number][] = [
  [90, 0.6],
  [80, 0.4],
  [70, 0.3],
  [60, 0.25],
  [50, 0.2],
  [40, 0.17],
  [30, 0.14],
  [20, 0.1],
];

/** WebP takes so much less. */
const WEBP_COST = 0.7;

/** Below this a JPEG shows it, and WebP looks better. */
const GOOD_JPEG = 70;

/** What the caller asked for, and the rest of it so that the images fit. */
export function formatFor({ output_format, output_compression, ...asked }: Asked): Format {
  const jpeg = qualityFor(asked, 1);
  const needsWebp = asked.background === "transparent" || jpeg < GOOD_JPEG;
  const format = output_format ?? (needsWebp ? "webp" : "jpeg");
  const quality = format === "jpeg"
    ? jpeg
    : format === "webp"
    ? qualityFor(asked, WEBP_COST)
    : undefined;
  return { output_format: format, output_compression: output_compression ?? quality };
}

function qualityFor({ size, n }: Asked, factor: number): number {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? "") ?? [];
  const pixels = Number(width) * Number(height) || USUAL_PIXELS;
  const affordable = IMAGE_BYTES / n / pixels;
  const [quality] = JPEG_COST.find(([, cost]) => cost * factor <= affordable) ??
    JPEG_COST.at(-1) ?? [];
  return quality ?? 0;
}
