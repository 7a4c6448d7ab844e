/** What is in a file: a text piece by piece, all else beside the result, or in a folder where it is too large for that. */

import { ApiError } from "../../shared/errors.ts";
import { decodeText, mediaTypeOf } from "../../shared/media_type.ts";
import type { ResultBlock, ToolContext } from "../define_tool.ts";
import { writeNew } from "./paths.ts";

/** A file's content, or where it is. */
export interface FileContent {
  file_id: string;
  filename: string;
  mime_type: string;
  bytes: number;
  /** The piece of a text that was asked for; null for what is no text. */
  text: string | null;
  /** The resource that stands beside the result. */
  uri: string | null;
  /** Where the file was written. */
  path: string | null;
  /** What is missing, and how to get it. */
  note: string | null;
}

/** A piece of text, in bytes: 8,000 tokens hold it in any script. */
const PIECE_BYTES = 24_000;

/** What a result of a million bytes holds in base64, with room for what stands around it. */
const MAX_BLOCK_BYTES = 700_000;

/** @throws {ApiError} for what is no text and can be shown or written nowhere */
export async function fileContent(
  { file_id, offset = 0 }: { file_id: string; offset?: number },
  context: ToolContext,
): Promise<FileContent> {
  const { openai, signal } = context;
  const { filename, bytes } = await openai.files.retrieve(file_id, { signal });
  if (offset > 0 && offset >= bytes) {
    throw new ApiError(`Invalid 'offset': ${file_id} has ${bytes} bytes.`, {
      status: 400,
      code: "invalid_value",
      param: "offset",
    });
  }
  const response = await openai.files.content(file_id, { signal });
  const { piece, end } = await pieceOf(response, offset);
  const text = decodeText(piece);
  const about = {
    file_id,
    filename,
    mime_type: mediaTypeOf(filename, text !== undefined),
    bytes,
    text: text ?? null,
    uri: null,
    path: null,
    note: null,
  };
  if (text !== undefined) return { ...about, note: noteOf({ file_id, offset, end, bytes }) };
  if (bytes <= MAX_BLOCK_BYTES) return { ...about, uri: `openai://files/${file_id}` };
  return { ...about, path: await written(about, context) };
}

/** The file beside its description: a picture as such, all else as an embedded resource. */
export async function contentBlocks(
  { file_id, mime_type, uri }: FileContent,
  { openai, signal }: ToolContext,
): Promise<ResultBlock[]> {
  if (uri === null) return [];
  const data = await (await openai.files.content(file_id, { signal })).bytes();
  return /^image\/(png|jpeg|gif|webp)$/.test(mime_type)
    ? [{ type: "image", data, mimeType: mime_type }]
    : [{ type: "resource", uri, data, mimeType: mime_type }];
}

/** As many bytes from `offset` on as are shown at once, and where they end; the rest is not waited for. */
async function pieceOf(
  response: Response,
  offset: number,
): Promise<{ piece: Uint8Array<ArrayBuffer>; end: number }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk.subarray(Math.max(0, offset - at)));
    at += chunk.length;
    if (at >= offset + PIECE_BYTES) break;
  }
  const bytes = (await new Blob(chunks).bytes()).subarray(0, PIECE_BYTES);
  const [from, to] = wholeCharacters(bytes);
  return { piece: bytes.subarray(from, to), end: offset + to };
}

/** Where the bytes begin and end that leave out a character of UTF-8 which is cut at either end. */
function wholeCharacters(bytes: Uint8Array): [from: number, to: number] {
  const isInside = (byte = 0) => (byte & 0xc0) === 0x80;
  let from = 0;
  while (from < 3 && isInside(bytes[from])) from++;
  if (bytes.length < PIECE_BYTES) return [from, bytes.length];
  let to = bytes.length - 1;
  while (to > bytes.length - 4 && isInside(bytes[to])) to--;
  return [from, to];
}

function noteOf(
  { file_id, offset, end, bytes }: { file_id: string; offset: number; end: number; bytes: number },
): string | null {
  if (offset === 0 && end >= bytes) return null;
  const where = `These are the bytes ${offset} to ${end} of ${bytes}.`;
  const next = `{"file_id":"${file_id}","offset":${end}}`;
  return end >= bytes ? where : `${where} For more call get_file_content ${next}.`;
}

/** Writes a file into the operator's folder, where the caller can get at it. */
async function written(
  { file_id, filename, bytes }: { file_id: string; filename: string; bytes: number },
  { openai, signal, folders: { readable, images } }: ToolContext,
): Promise<string> {
  const isLocal = readable !== undefined;
  if (!isLocal || images === undefined) throw tooLarge(file_id, bytes, isLocal);
  const { body } = await openai.files.content(file_id, { signal });
  const name = `${file_id}-${filename}`.replace(/[^\w.-]+/g, "_");
  try {
    return await writeNew(images, name, body ?? new Uint8Array());
  } catch (error) {
    await body?.cancel().catch(() => {});
    signal.throwIfAborted();
    if (error instanceof ApiError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(`IMAGE_OUTPUT_DIR cannot be written: ${reason}`, {
      status: 500,
      type: "server_error",
      cause: error,
    });
  }
}

function tooLarge(file_id: string, bytes: number, isLocal: boolean): ApiError {
  const way = isLocal
    ? "IMAGE_OUTPUT_DIR names a folder, into which it would be written."
    : `GET /v1/files/${file_id}/content has all of it.`;
  return new ApiError(
    `${file_id} is no text and has ${bytes} bytes; at most ${MAX_BLOCK_BYTES} are shown. ${way}`,
    { status: 413, code: "file_too_large", param: "file_id" },
  );
}
