/**
 * The content of a file: text in pieces, other content next to the result, and content that is too
 * large for a result in a local folder.
 */

import { ApiError } from "../../shared/errors.ts";
import { decodeText, mediaTypeOf } from "../../shared/media_type.ts";
import type { ResultBlock, ToolContext } from "../define_tool.ts";
import { writeNewFile } from "./local_files.ts";

/** A file with its content, or with the place where the content is. */
export interface FileContent {
  file_id: string;
  filename: string;
  mime_type: string;
  bytes: number;
  /** The requested piece of a text; null if the file is not text. */
  text: string | null;
  /** The resource that is sent along with the result. */
  uri: string | null;
  /** The path to which the file was written. */
  path: string | null;
  /** Which part this is, and how to get the next one. */
  note: string | null;
}

/** Size of a piece of text: at most 8,000 tokens in any script. */
const PIECE_BYTES = 24_000;

/** What fits into a result of a million bytes as base64, with room for the rest of it. */
const MAX_BLOCK_BYTES = 700_000;

/**
 * Returns a file with its content, from `offset` on if it is text.
 *
 * @throws {ApiError} if the file is not text, too large for a result, and cannot be written
 */
export async function getFileContent(
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
  const { piece, end } = await readPiece(response, offset);
  const text = decodeText(piece);
  const description = {
    file_id,
    filename,
    mime_type: mediaTypeOf(filename, text !== undefined),
    bytes,
    text: text ?? null,
    uri: null,
    path: null,
    note: null,
  };
  if (text !== undefined) return { ...description, note: noteFor({ file_id, offset, end, bytes }) };
  if (bytes <= MAX_BLOCK_BYTES) return { ...description, uri: `openai://files/${file_id}` };
  return { ...description, path: await saveToFolder(description, context) };
}

/** Returns the content to send along with a result: as an image, or as an embedded resource. */
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

/** Reads one piece from `offset` on and leaves the rest unread; `end` is the offset of the next piece. */
async function readPiece(
  response: Response,
  offset: number,
): Promise<{ piece: Uint8Array<ArrayBuffer>; end: number }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let position = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk.subarray(Math.max(0, offset - position)));
    position += chunk.length;
    if (position >= offset + PIECE_BYTES) break;
  }
  const bytes = (await new Blob(chunks).bytes()).subarray(0, PIECE_BYTES);
  const [from, to] = wholeCharacters(bytes);
  return { piece: bytes.subarray(from, to), end: offset + to };
}

/** Returns the range of bytes without the UTF-8 characters that are cut at either end. */
function wholeCharacters(bytes: Uint8Array): [from: number, to: number] {
  const isInside = (byte = 0) => (byte & 0xc0) === 0x80;
  let from = 0;
  while (from < 3 && isInside(bytes[from])) from++;
  if (bytes.length < PIECE_BYTES) return [from, bytes.length];
  let to = bytes.length - 1;
  while (to > bytes.length - 4 && isInside(bytes[to])) to--;
  return [from, to];
}

function noteFor(
  { file_id, offset, end, bytes }: { file_id: string; offset: number; end: number; bytes: number },
): string | null {
  if (offset === 0 && end >= bytes) return null;
  const where = `Bytes ${offset} to ${end} of ${bytes}.`;
  const next = `{"file_id":"${file_id}","offset":${end}}`;
  return end >= bytes ? where : `${where} For more call get_file_content ${next}.`;
}

/** Writes a file into IMAGE_OUTPUT_DIR; only over stdio, where the caller can read that folder. */
async function saveToFolder(
  { file_id, filename, bytes }: { file_id: string; filename: string; bytes: number },
  { openai, signal, folders: { readable, images } }: ToolContext,
): Promise<string> {
  const isLocal = readable !== undefined;
  if (!isLocal || images === undefined) throw tooLarge(file_id, bytes, isLocal);
  const { body } = await openai.files.content(file_id, { signal });
  const name = `${file_id}-${filename}`.replace(/[^\w.-]+/g, "_");
  try {
    return await writeNewFile(images, name, body ?? new Uint8Array());
  } catch (error) {
    await body?.cancel().catch(() => {});
    signal.throwIfAborted();
    if (error instanceof ApiError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(`Cannot write to IMAGE_OUTPUT_DIR: ${reason}`, {
      status: 500,
      type: "server_error",
      cause: error,
    });
  }
}

function tooLarge(file_id: string, bytes: number, isLocal: boolean): ApiError {
  const advice = isLocal
    ? "If IMAGE_OUTPUT_DIR is set, the file is written to that folder."
    : `GET /v1/files/${file_id}/content returns it.`;
  return new ApiError(
    `${file_id} is not text and has ${bytes} bytes; at most ${MAX_BLOCK_BYTES} fit into a result. ${advice}`,
    { status: 413, code: "file_too_large", param: "file_id" },
  );
}
