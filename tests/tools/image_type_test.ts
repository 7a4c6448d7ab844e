import assert from "node:assert/strict";
import { detectImageType } from "../../src/tools/images/image_type.ts";

function bytes(...parts: (string | number[])[]): Uint8Array {
  return new Uint8Array(
    parts.flatMap((part) =>
      typeof part === "string" ? [...part].map((character) => character.charCodeAt(0)) : part
    ),
  );
}

const PNG = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

Deno.test("detectImageType() reads type and size from the header", () => {
  const images: [Uint8Array, string, string | null][] = [
    [bytes(PNG, [0, 0, 4, 0, 0, 0, 6, 0]), "image/png", "1024x1536"],
    [
      bytes([
        0xff,
        0xd8,
        0xff,
        0xe1,
        0,
        3,
        9,
        0xff,
        0xc4,
        0,
        2,
        0xff,
        0xc2,
        0,
        8,
        8,
        1,
        2,
        3,
        4,
        1,
      ]),
      "image/jpeg",
      "772x258",
    ],
    [bytes("GIF89a", [2, 1, 4, 3]), "image/gif", "258x772"],
    [
      bytes("RIFF....WEBPVP8 ....", [0, 0, 0, 0x9d, 1, 0x2a, 2, 0x41, 4, 3]),
      "image/webp",
      "258x772",
    ],
    [
      bytes("RIFF....WEBPVP8L....", [0x2f, 1, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0]),
      "image/webp",
      "2x4",
    ],
    [
      bytes("RIFF....WEBPVP8X....", [0, 0, 0, 0, 0xff, 3, 0, 0xff, 5, 0]),
      "image/webp",
      "1024x1536",
    ],
    [bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml", null],
    [bytes("<?xml version='1.0'?>\n<!-- a --><svg>"), "image/svg+xml", null],
    [bytes("<!-- a -- > --><!---->\n<!DOCTYPE svg><!--b--><svg>"), "image/svg+xml", null],
  ];
  for (const [image, mimeType, size] of images) {
    const type = detectImageType(image);
    assert.deepEqual([type?.mimeType, type?.size], [mimeType, size]);
  }
});

Deno.test("detectImageType() returns no size if the header is truncated, and never throws", () => {
  const heads = [
    bytes(PNG, [0]),
    bytes([0xff, 0xd8, 0xff]),
    bytes([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 0, 0, 0, 0, 0, 0]),
    bytes("GIF89a"),
    bytes("RIFF....WEBPVP8 "),
    bytes("RIFF....WEBPABCD................"),
  ];
  for (const head of heads) assert.equal(detectImageType(head)?.size, null);
});

Deno.test("detectImageType() returns undefined for other content", () => {
  for (
    const text of ["", "It rains.", "%PDF-1.7", "<html><svg>", "BM......", "PNG", "RIFF....WAVE"]
  ) {
    assert.equal(detectImageType(bytes(text)), undefined, text);
  }
});

Deno.test("detectImageType() is fast for comments with many possible ends", () => {
  const begun = performance.now();
  assert.equal(detectImageType(bytes("<!---->".repeat(28))), undefined);
  // It took five seconds, and twice as long with each further comment.
  assert.ok(performance.now() - begun < 500);
});
