/** The media types of files that assistants read and write, and how such files begin. */

const OFFICE = "application/vnd.openxmlformats-officedocument";

const TYPES: Record<string, string> = {
  c: "text/x-c",
  cpp: "text/x-c++",
  cs: "text/x-csharp",
  css: "text/css",
  csv: "text/csv",
  doc: "application/msword",
  docx: `${OFFICE}.wordprocessingml.document`,
  gif: "image/gif",
  go: "text/x-golang",
  htm: "text/html",
  html: "text/html",
  java: "text/x-java",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  jsonl: "application/jsonl",
  md: "text/markdown",
  pdf: "application/pdf",
  php: "text/x-php",
  png: "image/png",
  pptx: `${OFFICE}.presentationml.presentation`,
  py: "text/x-python",
  rb: "text/x-ruby",
  sh: "application/x-sh",
  svg: "image/svg+xml",
  tex: "text/x-tex",
  ts: "application/typescript",
  txt: "text/plain",
  webp: "image/webp",
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  xml: "application/xml",
  zip: "application/zip",
};

/** The first bytes of files, one character per byte. Office files are ZIP files. */
const SIGNATURES: Record<string, RegExp> = {
  "application/msword": /^\xd0\xcf/,
  "application/pdf": /^[^]{0,1024}%PDF-/,
  "application/zip": /^PK/,
  "image/gif": /^GIF8[79]a/,
  "image/jpeg": /^\xff\xd8\xff/,
  "image/png": /^\x89PNG\r\n/,
  "image/webp": /^RIFF[^]{4}WEBP/,
};

/** Text contains no NUL, unless it begins with a UTF-16 byte order mark. */
const TEXT = /^(\xff\xfe|\xfe\xff|[^\0]*$)/;

const HEAD_BYTES = 2048;

/** Returns the media type for a file name; for an unknown extension, that of text or bytes. */
export function mediaTypeOf(filename: string, isText: boolean): string {
  return namedType(filename) ?? (isText ? "text/plain" : "application/octet-stream");
}

/**
 * Compares the beginning of a file with its name. Returns the media type of the name if the bytes
 * contradict it, else undefined.
 *
 * @param start the first 2048 bytes of the file, or all of a shorter one
 */
export function contradictedType(filename: string, start: Uint8Array): string | undefined {
  const type = namedType(filename);
  if (type === undefined || start.length === 0) return undefined;
  const signature = type.startsWith(OFFICE) ? "application/zip" : type;
  const head = Array.from(start.subarray(0, HEAD_BYTES), (byte) => String.fromCharCode(byte));
  return (SIGNATURES[signature] ?? TEXT).test(head.join("")) ? undefined : type;
}

/** Decodes UTF-8 text; returns undefined for bytes that are not. */
export function decodeText(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Returns the media type of the extension, if it is known. */
function namedType(filename: string): string | undefined {
  const extension = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined;
}
