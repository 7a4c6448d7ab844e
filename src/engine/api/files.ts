/** The files that runs and image tools have produced, which this server keeps: of all others it knows nothing. */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { newFileId } from "../../shared/ids.ts";
import type { FileStore, KeptFile } from "../../store/mod.ts";
import type { Answer, EngineRequest } from "./call.ts";
import type { Caller } from "../objects/caller.ts";
import { invalid, MethodError } from "../objects/errors.ts";

/** As much of a request as says what is asked of a file. */
export type FileRequest = Pick<EngineRequest, "method" | "url">;

/** A file to keep that no thread has. */
export interface LooseFile {
  filename: string;
  content: Uint8Array<ArrayBuffer>;
}

/** How long a file is kept that no thread has. */
const KEEP_S = 30 * 86_400;

/** Keeps a file for a tenant, and says by which id. */
export async function keepFile(
  { store, clock }: { store: FileStore; clock: Clock },
  { filename, content }: LooseFile,
): Promise<string> {
  const now = unixSeconds(clock);
  const object = {
    id: newFileId(),
    object: "file" as const,
    bytes: content.length,
    created_at: now,
    expires_at: now + KEEP_S,
    filename,
    purpose: "assistants_output" as const,
    status: "processed" as const,
  };
  await store.putFile(null, { object, content });
  return object.id;
}

/** What is asked of a file that is one of ours. */
export async function fileOperation(
  store: FileStore,
  caller: Caller,
  { method, url }: FileRequest,
  file: KeptFile,
): Promise<Answer> {
  const { id, filename, status_details } = file.object;
  const isContent = /\/content(\?|$)/.test(url);
  if (method === "GET" && !isContent) return { body: file.object };
  if (method === "GET") {
    const content = await store.getFileContent(id);
    if (content === null) throw invalid(`File ${id} has no content: ${status_details}`);
    return { content, filename };
  }
  if (method !== "DELETE" || isContent) {
    throw new MethodError(method, isContent ? `/files/${id}/content` : `/files/${id}`, [
      "GET",
      ...isContent ? [] : ["DELETE"],
    ]);
  }
  await store.deleteFile(id);
  await deleteCopy(caller, file);
  return { body: { id, object: "file", deleted: true } };
}

/** A copy at the upstream that cannot be deleted goes by itself, in time. */
async function deleteCopy(caller: Caller, { upload }: KeptFile): Promise<void> {
  if (upload?.upstream !== caller.upstreamId) return;
  try {
    await (await caller.upstream()).files.delete(upload.file_id);
  } catch {
    // The file is deleted here, whatever the upstream says.
  }
}
