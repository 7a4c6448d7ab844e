/** Files of this server at the upstream: one that a run has produced goes there when it is used as input. */

import type OpenAI from "openai";
import type { TenantStore } from "../../store/mod.ts";
import { invalid } from "../objects/errors.ts";
import { statusOf } from "../objects/failures.ts";

/** Whose files, and where they are needed. */
export interface At {
  store: TenantStore;
  client: OpenAI;
  /** The fingerprint of the client's upstream. */
  upstreamId: string;
}

/** A copy is there for so long, unless it is used again. */
const COPY_LIFETIME_S = 30 * 86_400;

/**
 * The id by which the upstream knows a file: its own files' are left as they are, and of ours there
 * is a copy.
 *
 * @throws {ApiError} 400 for a file whose content was not kept
 */
export async function upstreamFileId(at: At, id: string, signal?: AbortSignal): Promise<string> {
  const { store, client, upstreamId } = at;
  const file = await store.getFile(id);
  if (file === undefined) return id;
  const { object, upload } = file;
  if (upload?.upstream === upstreamId && await isUpstream(client, upload.file_id, signal)) {
    return upload.file_id;
  }
  const content = await store.getFileContent(id);
  if (content === null) throw invalid(`File ${id} cannot be used: ${object.status_details}`);
  const { id: file_id } = await client.files.create({
    file: new File([content], object.filename),
    purpose: "user_data",
    expires_after: { anchor: "created_at", seconds: COPY_LIFETIME_S },
  }, { signal });
  await store.setFileUpload(id, { upstream: upstreamId, file_id });
  return file_id;
}

export async function upstreamFileIds(
  at: At,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  return await Promise.all(ids.map((id) => upstreamFileId(at, id, signal)));
}

/** Whether the upstream has a file. */
export async function isUpstream(
  client: OpenAI,
  id: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await client.files.retrieve(id, { signal });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
