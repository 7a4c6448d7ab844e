/** The files that runs and image tools produce, which this server stores. */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { newFileId } from "../../shared/ids.ts";
import { operationFor } from "../../shared/openai_routes.ts";
import type { FileStore, StoredFile } from "../../store/mod.ts";
import type { EngineRequest, OperationResult } from "./call.ts";
import type { Caller } from "../objects/caller.ts";
import { invalid, MethodError } from "../objects/errors.ts";
import type { FileMatch } from "./router.ts";

/** The part of a request that identifies a file operation. */
export type FileRequest = Pick<EngineRequest, "method" | "url">;

/** A file that belongs to no thread. */
export interface NewFile {
  filename: string;
  content: Uint8Array<ArrayBuffer>;
}

/** How long a file that belongs to no thread is stored. */
const LIFETIME_S = 30 * 86_400;

/** Stores a file for a tenant for 30 days and returns its id. */
export async function keepFile(
  { store, clock }: { store: FileStore; clock: Clock },
  { filename, content }: NewFile,
): Promise<string> {
  const now = unixSeconds(clock);
  const object = {
    id: newFileId(),
    object: "file" as const,
    bytes: content.length,
    created_at: now,
    expires_at: now + LIFETIME_S,
    filename,
    purpose: "assistants_output" as const,
    status: "processed" as const,
  };
  await store.putFile(null, { object, content });
  return object.id;
}

/** Executes an operation on a file that this server stores. */
export async function fileOperation(
  store: FileStore,
  caller: Caller,
  { method, route }: { method: string; route: FileMatch["route"] },
  file: StoredFile,
): Promise<OperationResult> {
  const { id, filename, status_details } = file.object;
  switch (operationFor(route, method)) {
    case "getFile":
      return { body: file.object };
    case "getFileContent": {
      const content = await store.getFileContent(id);
      if (content === null) throw invalid(`File ${id} has no content: ${status_details}`);
      return { content, filename };
    }
    case "deleteFile":
      await store.deleteFile(id);
      await deleteCopy(caller, file);
      return { body: { id, object: "file", deleted: true } };
    default: {
      const path = route.template.replace("{file_id}", id);
      throw new MethodError(method, path, Object.keys(route.operations));
    }
  }
}

/** Deletes the copy of a file at the upstream. A copy that cannot be deleted expires there. */
async function deleteCopy(caller: Caller, { upload }: StoredFile): Promise<void> {
  if (upload?.upstream !== caller.upstreamId) return;
  try {
    await (await caller.upstream()).files.delete(upload.file_id);
  } catch {
    // The file itself is deleted in any case.
  }
}
