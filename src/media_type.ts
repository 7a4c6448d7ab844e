/** Media types by file name, for what assistants read and write; a file that is not what it says is told by its reader. */

const TYPES: Record<string, string> = {
  csv: "text/csv",
  css: "text/css",
  gif: "image/gif",
  htm: "text/html",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  js: "text/javascript",
  json: "application/json",
  jsonl: "application/jsonl",
  md: "text/markdown",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
  xml: "application/xml",
  zip: "application/zip",
};

/** The media type of a file by its name; text or bytes where the name says nothing. */
export function mediaTypeOf(filename: string, isText: boolean): string {
  const extension = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase() ?? "";
  return TYPES[extension] ?? (isText ? "text/plain" : "application/octet-stream");
}
