/** Chooses the format and compression of images so that all images of a call fit into its result. */

/** Parameters of the Images API; undefined leaves the choice to the model. */
export interface OutputFormat {
  output_format?: string;
  output_compression?: number;
}

/** What the caller asks for. */
export interface RequestedFormat extends OutputFormat {
  size?: string;
  background?: string;
  n: number;
}

/** Maximum size of all images of a result, before base64. */
const IMAGE_BYTES = 700_000;

/** Pixels of the largest size that a model chooses by default. */
const USUAL_PIXELS = 1536 * 1024;

/** Upper bounds of the bytes per pixel of a detailed JPEG, by quality, best first. */
const JPEG_BYTES_PER_PIXEL: [quality: number, bytesPerPixel: number][] = [
  [90, 0.6],
  [80, 0.4],
  [70, 0.3],
  [60, 0.25],
  [50, 0.2],
  [40, 0.17],
  [30, 0.14],
  [20, 0.1],
];

/** Size of a WebP relative to a JPEG of the same quality. */
const WEBP_FACTOR = 0.7;

/** Below this quality, JPEG artifacts are visible, and WebP looks better. */
const MIN_JPEG_QUALITY = 70;

/** Returns the format and compression that the caller asks for, with defaults that make the images fit. */
export function chooseFormat(
  { output_format, output_compression, ...request }: RequestedFormat,
): OutputFormat {
  const jpeg = qualityFor(request, 1);
  const needsWebp = request.background === "transparent" || jpeg < MIN_JPEG_QUALITY;
  const format = output_format ?? (needsWebp ? "webp" : "jpeg");
  const quality = format === "jpeg"
    ? jpeg
    : format === "webp"
    ? qualityFor(request, WEBP_FACTOR)
    : undefined;
  return { output_format: format, output_compression: output_compression ?? quality };
}

function qualityFor({ size, n }: RequestedFormat, factor: number): number {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? "") ?? [];
  const pixels = Number(width) * Number(height) || USUAL_PIXELS;
  const affordable = IMAGE_BYTES / n / pixels;
  const [quality] =
    JPEG_BYTES_PER_PIXEL.find(([, bytesPerPixel]) => bytesPerPixel * factor <= affordable) ??
      JPEG_BYTES_PER_PIXEL.at(-1) ?? [];
  return quality ?? 0;
}
