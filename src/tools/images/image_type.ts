/** Detects the type of an image from its bytes, and its size if the header holds it near the start. */

/** The type and size of an image. */
export interface ImageType {
  mimeType: string;
  /** The extension of a filename, without the dot. */
  extension: string;
  /** In pixels, such as `1024x1024`; null if unknown. */
  size: string | null;
}

/** Returns the type of an image; undefined for content of any other type. */
export function detectImageType(bytes: Uint8Array): ImageType | undefined {
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
  // Comments match up to their first "-->": backtracking over several ends would take exponential time.
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

/** Reads width and height as two little-endian 16-bit numbers. */
function dimensions(view: DataView, offset: number, mask = 0xffff): string {
  return `${view.getUint16(offset, true) & mask}x${view.getUint16(offset + 2, true) & mask}`;
}

/** Reads the size from the first frame header, skipping the segments before it. */
function jpegSize(view: DataView): string | null {
  for (let offset = 2; offset + 9 <= view.byteLength && view.getUint8(offset) === 0xff;) {
    const marker = view.getUint8(offset + 1);
    // These three markers in the range are not frame headers.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return size(view, offset + 7, offset + 5, "getUint16");
    offset += 2 + view.getUint16(offset + 2);
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
      const read = (offset: number) =>
        view.getUint16(offset, true) + (view.getUint8(offset + 2) << 16) + 1;
      return `${read(24)}x${read(27)}`;
    }
    default:
      return null;
  }
}
