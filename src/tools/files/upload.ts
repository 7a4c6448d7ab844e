/** Uploads a file to the model server: small files in one request, large ones in parts with progress. */

import { basename } from "node:path";
import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { contradictedType, mediaTypeOf } from "../../shared/media_type.ts";
import { toApiError } from "../../upstream/errors.ts";
import type { ToolContext } from "../define_tool.ts";
import { openLocalFile } from "./local_files.ts";

type UploadContext = Pick<ToolContext, "openai" | "signal" | "progress" | "folders">;

/** The arguments of `upload_file`; the content is in one of `text`, `data` and `path`. */
export interface UploadSource {
  text?: string;
  /** Base64, with or without the head of a data URL. */
  data?: string;
  path?: string;
  filename?: string;
  purpose?: string;
}

/** OpenAI's maximum size of a file. */
const MAX_BYTES = 512 * 2 ** 20;

/** Maximum size of one request, and so of what is held in memory. */
const PART_BYTES = 8 * 2 ** 20;

/** Bytes to read to compare the content with the extension of the filename. */
const HEAD_BYTES = 4096;

/**
 * Uploads a file.
 *
 * @throws {ApiError} if the content cannot be read or does not match its filename; nothing is uploaded then
 */
export async function upload(
  source: UploadSource,
  context: UploadContext,
): Promise<OpenAI.FileObject> {
  await using content = await openContent(source, context);
  const { filename, bytes } = content;
  if (bytes === 0) {
    throw invalid(`"${filename}" is empty; OpenAI does not accept empty files.`, null);
  }
  const claimedType = contradictedType(
    filename,
    await content.read(0, Math.min(bytes, HEAD_BYTES)),
  );
  if (claimedType !== undefined) {
    throw invalid(
      `The extension of "${filename}" implies ${claimedType}, but the content is of another type. ` +
        "Nothing was uploaded; use a filename that matches the content.",
      "filename",
      "file_type_mismatch",
    );
  }
  // Any text is accepted, because OpenAI's list of purposes changes.
  const purpose = (source.purpose ?? "assistants") as OpenAI.FilePurpose;
  return bytes > PART_BYTES
    ? await uploadInParts(content, purpose, context)
    : await uploadAtOnce(content, purpose, context);
}

/** The content of a file to upload. */
interface Content extends AsyncDisposable {
  filename: string;
  bytes: number;
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

async function openContent(source: UploadSource, { folders }: UploadContext): Promise<Content> {
  const { text, data, path, filename } = source;
  if ([text, data, path].filter((field) => field !== undefined).length !== 1) {
    throw invalid("Pass the content in exactly one of 'text', 'data' and 'path'.", "text");
  }
  if (filename !== undefined && !/^[^/\\\p{Cc}]{1,255}$/u.test(filename)) {
    throw invalid("'filename' must be a name of 1 to 255 characters, not a path.", "filename");
  }
  if (path !== undefined) {
    const { readable } = folders;
    const file = await openLocalFile(path, { readable, param: "path", maxBytes: MAX_BYTES });
    return contentOfFile(file, filename ?? basename(path));
  }
  if (filename === undefined) {
    throw invalid("'filename' is missing: its extension tells the type of the file.", "filename");
  }
  return contentInMemory(
    data === undefined ? new TextEncoder().encode(text) : decodeBase64(data),
    filename,
  );
}

function contentInMemory(content: Uint8Array<ArrayBuffer>, filename: string): Content {
  return {
    filename,
    bytes: content.length,
    read: (from, to) => Promise.resolve(content.subarray(from, to)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function contentOfFile(
  { file, size }: { file: Deno.FsFile; size: number },
  filename: string,
): Content {
  return {
    filename,
    bytes: size,
    async read(from, to) {
      const part = new Uint8Array(to - from);
      await file.seek(from, Deno.SeekMode.Start);
      for (let read = 0; read < part.length;) {
        const count = await file.read(part.subarray(read));
        if (count === null) {
          throw invalid(`"${filename}" became shorter while it was read. Try again.`, "path");
        }
        read += count;
      }
      return part;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(file.close()),
  };
}

async function uploadAtOnce(
  content: Content,
  purpose: OpenAI.FilePurpose,
  { openai, signal }: UploadContext,
): Promise<OpenAI.FileObject> {
  const { filename, bytes } = content;
  const file = new File([await content.read(0, bytes)], filename, {
    type: mediaTypeOf(filename, false),
  });
  return await openai.files.create({ file, purpose }, { signal });
}

/** Uploads the parts; the file exists once all of them are complete, or not at all. */
async function uploadInParts(
  content: Content,
  purpose: OpenAI.FilePurpose,
  context: UploadContext,
): Promise<OpenAI.FileObject> {
  const { openai, signal, progress } = context;
  const { filename, bytes } = content;
  const id = await createUpload(content, purpose, context);
  if (id === undefined) return await uploadAtOnce(content, purpose, context);
  try {
    const part_ids: string[] = [];
    for (let from = 0; from < bytes; from += PART_BYTES) {
      const to = Math.min(from + PART_BYTES, bytes);
      const data = new File([await content.read(from, to)], filename);
      part_ids.push((await openai.uploads.parts.create(id, { data }, { signal })).id);
      progress({ status: `${megabytes(to)} of ${megabytes(bytes)} MB sent` });
    }
    const { file } = await openai.uploads.complete(id, { part_ids }, { signal });
    if (file) return file;
  } catch (error) {
    // If this fails, the upload expires after an hour.
    await openai.uploads.cancel(id).catch(() => {});
    throw error;
  }
  throw new ApiError(
    "The upload was completed, but the response has no file; list_files shows it.",
    {
      status: 502,
      type: "server_error",
    },
  );
}

/** Returns the id of a new upload; undefined if the server does not support uploads in parts. */
async function createUpload(
  { filename, bytes }: Content,
  purpose: OpenAI.FilePurpose,
  { openai, signal }: UploadContext,
): Promise<string | undefined> {
  const mime_type = mediaTypeOf(filename, false);
  try {
    return (await openai.uploads.create({ filename, bytes, purpose, mime_type }, { signal })).id;
  } catch (error) {
    signal.throwIfAborted();
    const { status } = toApiError(error);
    if (status === 404 || status === 405) return undefined;
    throw error;
  }
}

function decodeBase64(data: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(data.replace(/^data:[^,]*;base64,/i, ""));
  } catch (cause) {
    throw invalid("'data' is not valid base64.", "data", "invalid_base64", cause);
  }
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function invalid(
  message: string,
  param: string | null,
  code = "invalid_value",
  cause?: unknown,
): ApiError {
  return new ApiError(message, { status: 400, code, param, cause });
}
