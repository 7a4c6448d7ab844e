/** Sending a file to the model server: whole, or where it is large in parts, of which the caller hears. */

import { basename } from "node:path";
import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { contradictedType, mediaTypeOf } from "../../shared/media_type.ts";
import { toApiError } from "../../upstream/errors.ts";
import type { ToolContext } from "../define_tool.ts";
import { openPath } from "./paths.ts";

type Context = Pick<ToolContext, "openai" | "signal" | "progress" | "folders">;

export interface Upload {
  text?: string;
  /** Base64, or a data URL of it. */
  data?: string;
  path?: string;
  filename?: string;
  purpose?: string;
}

/** The largest file that OpenAI takes. */
const MAX_BYTES = 512 * 2 ** 20;

/** What goes in one request, and what is held in memory of a file that is read. */
const PART_BYTES = 8 * 2 ** 20;

/** By which it is told whether a file is what its name says. */
const HEAD_BYTES = 4096;

/** @throws {ApiError} for what cannot be had or is not what it says; there is no file then */
export async function upload(given: Upload, context: Context): Promise<OpenAI.FileObject> {
  await using content = await contentOf(given, context);
  const { filename, bytes } = content;
  if (bytes === 0) throw invalid(`"${filename}" is empty; OpenAI takes no empty files.`, null);
  const says = contradictedType(filename, await content.part(0, Math.min(bytes, HEAD_BYTES)));
  if (says !== undefined) {
    throw invalid(
      `"${filename}" says that it is ${says}, and by its content it is not. Nothing was uploaded; ` +
        "give the filename that the content has.",
      "filename",
      "file_type_mismatch",
    );
  }
  // A free text, as OpenAI's list changes.
  const purpose = (given.purpose ?? "assistants") as OpenAI.FilePurpose;
  return bytes > PART_BYTES
    ? await sendParts(content, purpose, context)
    : await sendWhole(content, purpose, context);
}

/** A file that is to be sent. */
interface Content extends AsyncDisposable {
  filename: string;
  bytes: number;
  part(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

async function contentOf(given: Upload, { folders }: Context): Promise<Content> {
  const { text, data, path, filename } = given;
  if ([text, data, path].filter((source) => source !== undefined).length !== 1) {
    throw invalid("Give the content in one of 'text', 'data' and 'path'.", "text");
  }
  if (filename !== undefined && !/^[^/\\\p{Cc}]{1,255}$/u.test(filename)) {
    throw invalid("'filename' has to be a name of 1 to 255 characters, and no path.", "filename");
  }
  if (path !== undefined) {
    const { readable } = folders;
    const file = await openPath(path, { readable, param: "path", maxBytes: MAX_BYTES });
    return fileContent(file, filename ?? basename(path));
  }
  if (filename === undefined) {
    throw invalid("'filename' is missing: it says what kind of file this is.", "filename");
  }
  return memoryContent(
    data === undefined ? new TextEncoder().encode(text) : decoded(data),
    filename,
  );
}

function memoryContent(content: Uint8Array<ArrayBuffer>, filename: string): Content {
  return {
    filename,
    bytes: content.length,
    part: (from, to) => Promise.resolve(content.subarray(from, to)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function fileContent(
  { file, size }: { file: Deno.FsFile; size: number },
  filename: string,
): Content {
  return {
    filename,
    bytes: size,
    async part(from, to) {
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

async function sendWhole(
  content: Content,
  purpose: OpenAI.FilePurpose,
  { openai, signal }: Context,
): Promise<OpenAI.FileObject> {
  const { filename, bytes } = content;
  const file = new File([await content.part(0, bytes)], filename, {
    type: mediaTypeOf(filename, false),
  });
  return await openai.files.create({ file, purpose }, { signal });
}

/** A file that comes into being with its last part, and not at all where that does not come. */
async function sendParts(
  content: Content,
  purpose: OpenAI.FilePurpose,
  context: Context,
): Promise<OpenAI.FileObject> {
  const { openai, signal, progress } = context;
  const { filename, bytes } = content;
  const id = await beginParts(content, purpose, context);
  if (id === undefined) return await sendWhole(content, purpose, context);
  try {
    const part_ids: string[] = [];
    for (let from = 0; from < bytes; from += PART_BYTES) {
      const to = Math.min(from + PART_BYTES, bytes);
      const data = new File([await content.part(from, to)], filename);
      part_ids.push((await openai.uploads.parts.create(id, { data }, { signal })).id);
      progress({ status: `${megabytes(to)} of ${megabytes(bytes)} MB sent` });
    }
    const { file } = await openai.uploads.complete(id, { part_ids }, { signal });
    if (file) return file;
  } catch (error) {
    // An upload that stays open goes by itself after an hour.
    await openai.uploads.cancel(id).catch(() => {});
    throw error;
  }
  throw new ApiError("The upload was completed, and its answer has no file: list_files shows it.", {
    status: 502,
    type: "server_error",
  });
}

/** The id of the upload to which parts go; undefined where the server takes files only whole. */
async function beginParts(
  { filename, bytes }: Content,
  purpose: OpenAI.FilePurpose,
  { openai, signal }: Context,
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

function decoded(data: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(data.replace(/^data:[^,]*;base64,/i, ""));
  } catch (cause) {
    throw invalid("'data' is no base64.", "data", "invalid_base64", cause);
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
