/** Media types by file name, for what assistants read and write, and what a file of such a name begins with. */

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

/** What each byte of a file is as one character; a zip holds today's office files too. */
const BEGINNINGS: Record<string, RegExp> = {
  "application/msword": /^\xd0\xcf/,
  "application/pdf": /^[^]{0,1024}%PDF-/,
  "application/zip": /^PK/,
  "image/gif": /^GIF8[79]a/,
  "image/jpeg": /^\xff\xd8\xff/,
  "image/png": /^\x89PNG\r\n/,
  "image/webp": /^RIFF[^]{4}WEBP/,
};

/** A text has no zero in it, unless it begins as UTF-16 does. */
const TEXT = /^(\xff\xfe|\xfe\xff|[^\0]*$)/;

const HEAD_BYTES = 2048;

/** The media type of a file by its name; text or bytes where the name says nothing. */
export function mediaTypeOf(filename: string, isText: boolean): string {
  return namedType(filename) ?? (isText ? "text/plain" : "application/octet-stream");
}

/**
 * The media type that a file is not although its name says so; undefined where nothing speaks
 * against the name.
 *
 * @param start the file's first bytes, two thousand or all
 */
export function falseType(filename: string, start: Uint8Array): string | undefined {
  const type = namedType(filename);
  if (type === undefined || start.length === 0) return undefined;
  const family = type.startsWith(OFFICE) ? "application/zip" : type;
  const head = Array.from(start.subarray(0, HEAD_BYTES), (byte) => String.fromCharCode(byte));
  return (BEGINNINGS[family] ?? TEXT).test(head.join("")) ? undefined : type;
}

/** The text that UTF-8 bytes are; undefined for all other. */
export function textOf(data: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function namedType(filename: string): string | undefined {
  const extension = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined;
}
