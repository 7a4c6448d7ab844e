/** The offline model's images: a small PNG with its name on it, in a colour that the prompt makes. */

import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";
import { createHash } from "node:crypto";
import { ApiError } from "../shared/errors.ts";

/** "OFFLINE", five rows high. */
const WORD = [
  "###.###.###.#...#.#..#.###",
  "#.#.#...#...#...#.##.#.#..",
  "#.#.##..##..#...#.#.##.##.",
  "#.#.#...#...#...#.#..#.#..",
  "###.#...#...###.#.#..#.###",
];

/** Pixels for each dot of the word. */
const SCALE = 8;

/** Dots around the word. */
const MARGIN = 3;

/**
 * What `POST /images/generations` and `POST /images/edits` answer.
 *
 * @throws {ApiError} 400 without a prompt, or without an image to edit
 */
export async function offlineImages(request: Request, isEdit: boolean): Promise<object> {
  const { prompt, n, images } = await paramsOf(request);
  if (typeof prompt !== "string" || prompt === "") throw missing("prompt");
  if (isEdit && images === 0) throw missing("image");
  const count = Number(n ?? 1);
  const inputTokens = Math.ceil(prompt.length / 4);
  const revised_prompt = "The built-in offline model draws nothing but its name, whatever the " +
    `prompt: "${prompt.slice(0, 200)}"`;
  return {
    created: Math.floor(Date.now() / 1000),
    background: "opaque",
    output_format: "png",
    data: Array.from({ length: count }, (_, index) => ({
      b64_json: pngOf(`${prompt}\n${index}`).toString("base64"),
      revised_prompt,
    })),
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { text_tokens: inputTokens, image_tokens: images },
      output_tokens: count,
      total_tokens: inputTokens + count,
    },
  };
}

async function paramsOf(
  request: Request,
): Promise<{ prompt: unknown; n: unknown; images: number }> {
  try {
    if (request.headers.get("content-type")?.startsWith("multipart/form-data")) {
      const form = await request.formData();
      const images = [...form.getAll("image"), ...form.getAll("image[]")].length;
      return { prompt: form.get("prompt"), n: form.get("n"), images };
    }
    const { prompt, n, images } = Object(await request.json());
    return { prompt, n, images: Array.isArray(images) ? images.length : 0 };
  } catch (cause) {
    throw new ApiError("We could not parse the body of your request.", { status: 400, cause });
  }
}

function missing(param: string): ApiError {
  return new ApiError(`Missing required parameter: '${param}'.`, {
    status: 400,
    code: "missing_required_parameter",
    param,
  });
}

/** One byte a pixel: 0 is the background, 1 the word. */
function pngOf(seed: string): Buffer {
  const [columns, rows] = [(WORD[0] ?? "").length + 2 * MARGIN, WORD.length + 2 * MARGIN];
  const [width, height] = [columns * SCALE, rows * SCALE];
  const pixels = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const row = WORD[Math.floor(y / SCALE) - MARGIN] ?? "";
    for (let x = 0; x < width; x++) {
      const isDot = row[Math.floor(x / SCALE) - MARGIN] === "#";
      // Each line begins with the filter that it goes through: none.
      pixels[y * (width + 1) + 1 + x] = isDot ? 1 : 0;
    }
  }
  const colour = createHash("sha256").update(seed).digest().subarray(0, 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    // Dark enough for white to stand out.
    chunk("PLTE", Buffer.from([...colour.map((value) => value >> 1), 255, 255, 255])),
    chunk("tEXt", Buffer.from("Software\0assistants-mcp offline model", "latin1")),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
