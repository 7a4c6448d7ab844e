/** The caller's files as resources: text files as text, others as bytes. */

import { ApiError } from "../shared/errors.ts";
import { decodeText, mediaTypeOf } from "../shared/media_type.ts";
import type { ResourceTemplate } from "./define_resource.ts";

/** As base64 this stays below 10 MiB, the most that clients accept in one message. */
const MAX_BYTES = 7_000_000;

export const file: ResourceTemplate = {
  uriTemplate: "openai://files/{file_id}",
  name: "file",
  title: "File",
  description: "The content of a file of at most 7 MB.",
  mimeType: "application/octet-stream",
  async read({ file_id = "" }, { openai, signal }) {
    const { filename, bytes } = await openai.files.retrieve(file_id, { signal });
    if (bytes > MAX_BYTES) throw tooLarge(file_id, bytes);
    const response = await openai.files.content(file_id, { signal });
    const data = new Uint8Array(await response.arrayBuffer());
    const text = decodeText(data);
    return { mimeType: mediaTypeOf(filename, text !== undefined), data: text ?? data };
  },
};

function tooLarge(fileId: string, bytes: number): ApiError {
  return new ApiError(
    `The file ${fileId} has ${bytes} bytes; a resource can have at most ${MAX_BYTES}.`,
    { status: 413, code: "file_too_large" },
  );
}
