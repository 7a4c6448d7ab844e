/** Adds files to a vector store in one batch, and waits until they are indexed. */

import type OpenAI from "openai";
import type { ToolContext } from "../define_tool.ts";
import { waitUntilIndexed } from "./wait_until_indexed.ts";

type Batch = OpenAI.VectorStores.VectorStoreFileBatch;

/** The state of the added files. */
export interface AddedFiles {
  vector_store_id: string;
  batch_id: string;
  status: Batch["status"];
  file_counts: Batch["file_counts"];
  failed: { file_id: string; error: string | null }[];
  /** Advice on what to call next. */
  next: string;
}

/** Failed files to list. */
const MAX_FAILED = 20;

/** Adds the files and returns their state once all are indexed, or after `waitS` seconds. */
export async function addFiles(
  vector_store_id: string,
  params: OpenAI.VectorStores.FileBatchCreateParams,
  context: ToolContext,
  waitS: number,
): Promise<AddedFiles> {
  const { openai, signal } = context;
  const { fileBatches } = openai.vectorStores;
  const created = await fileBatches.create(vector_store_id, params, { signal });
  const batch = await waitUntilIndexed(
    (signal) => fileBatches.retrieve(created.id, { vector_store_id }, { signal }),
    created,
    context,
    waitS,
  );
  return {
    vector_store_id,
    batch_id: batch.id,
    status: batch.status,
    file_counts: batch.file_counts,
    failed: batch.file_counts.failed > 0 ? await listFailed(batch, context) : [],
    next: nextStep(batch),
  };
}

async function listFailed(
  { id, vector_store_id }: Batch,
  { openai, signal }: ToolContext,
): Promise<AddedFiles["failed"]> {
  const { data } = await openai.vectorStores.fileBatches.listFiles(
    id,
    { vector_store_id, filter: "failed", limit: MAX_FAILED },
    { signal },
  );
  return data.map(({ id, last_error }) => ({
    file_id: id,
    error: last_error && `${last_error.code}: ${last_error.message}`,
  }));
}

function nextStep({ vector_store_id, file_counts }: Batch): string {
  const store = `"vector_store_id":"${vector_store_id}"`;
  if (file_counts.in_progress > 0) {
    return `Indexing continues. Call get_vector_store {${store},"wait_s":30} until no file is in ` +
      "progress.";
  }
  const use =
    `Search the files with search_vector_store {${store}}, or give an assistant the tool ` +
    `file_search and tool_resources {"file_search":{"vector_store_ids":["${vector_store_id}"]}}.`;
  if (file_counts.failed === 0) return use;
  const failure = "Files that failed cannot be found; failed says why.";
  return file_counts.completed > 0 ? `${failure} ${use}` : failure;
}
