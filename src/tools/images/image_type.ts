/** What an image is, told by its bytes: its media type, and its size where the header says it early. */

export interface ImageType {
  mimeType: string;
  /** Of the file's name, without a dot. */
  extension: string;
  /** In pixels, as `1024x1024`. */
  size: string | null;
}

/** Undefined for what is no image that OpenAI's models read or make. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) {
    return type("image/png", "png", bytes.length < 24 ? null : size(view, 16, 20, "getUint32"));
  }
  if (head.startsWith("\xff\xd8\xff")) return type("image/jpeg", "jpg", jpegSize(view));
  if (/^RIFF[^]{4}WEBP/.test(head)) return type("image/webp", "webp", webpSize(view));
  if (/^GIF8[79]a/.test(head)) {
    return type("image/gif", "gif", bytes.length < 10 ? null : dimensions(view, 6));
  }
  // Where a comment ends is certain: a choice at each would be tried in all combinations.
  const isSvg = /^\s*(<\?xml[^>]*>\s*)?(<!--((?!-->)[^])*-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/.test(
    new TextDecoder().decode(bytes.subarray(0, 1024)),
  );
  return isSvg ? type("image/svg+xml", "svg", null) : undefined;
}

function type(mimeType: string, extension: string, size: string | null): ImageType {
  return { mimeType, extension, size };
}

function size(view: DataView, x: number, y: number, read: "getUint16" | "getUint32"): string {
  return `${view[read](x)}x${view[read](y)}`;
}

/** Two numbers of two bytes each, the lower one first. */
function dimensions(view: DataView, at: number, mask = 0xffff): string {
  return `${view.getUint16(at, true) & mask}x${view.getUint16(at + 2, true) & mask}`;
}

/** The first frame header, to which the segments before it lead. */
function jpegSize(view: DataView): string | null {
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff;) {
    const marker = view.getUint8(at + 1);
    // Beside tables, these say no size.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return size(view, at + 7, at + 5, "getUint16");
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webpSize(view: DataView): string | null {
  if (view.byteLength < 30) return null;
  switch (view.getUint8(15)) {
    case 0x20: // "VP8 "
      return dimensions(view, 26, 0x3fff);
    case 0x4c: { // "VP8L"
      const bits = view.getUint32(21, true);
      return `${(bits & 0x3fff) + 1}x${((bits >> 14) & 0x3fff) + 1}`;
    }
    case 0x58: { // "VP8X"
      const read = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
      return `${read(24)}x${read(27)}`;
    }
    default:
      return null;
  }
}
