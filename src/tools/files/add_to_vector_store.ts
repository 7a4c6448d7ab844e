/** Adding files to a vector store: all of them at once, followed until they are indexed. */

import type OpenAI from "openai";
import type { ToolContext } from "../define_tool.ts";
import { indexed } from "./wait_until_indexed.ts";

type Batch = OpenAI.VectorStores.VectorStoreFileBatch;

/** What has become of the files. */
export interface Added {
  vector_store_id: string;
  batch_id: string;
  status: Batch["status"];
  file_counts: Batch["file_counts"];
  failed: { file_id: string; error: string | null }[];
  /** What to call to go on, in words. */
  next: string;
}

/** As many failures as are told of by name. */
const MAX_FAILED = 20;

export async function addFiles(
  vector_store_id: string,
  params: OpenAI.VectorStores.FileBatchCreateParams,
  context: ToolContext,
  seconds: number,
): Promise<Added> {
  const { openai, signal } = context;
  const { fileBatches } = openai.vectorStores;
  const first = await fileBatches.create(vector_store_id, params, { signal });
  const batch = await indexed(
    (signal) => fileBatches.retrieve(first.id, { vector_store_id }, { signal }),
    first,
    context,
    seconds,
  );
  return {
    vector_store_id,
    batch_id: batch.id,
    status: batch.status,
    file_counts: batch.file_counts,
    failed: batch.file_counts.failed > 0 ? await failedFiles(batch, context) : [],
    next: nextStep(batch),
  };
}

async function failedFiles(
  { id, vector_store_id }: Batch,
  { openai, signal }: ToolContext,
): Promise<Added["failed"]> {
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
    return `Indexing goes on. Call get_vector_store {${store},"wait_s":30} until none of its ` +
      "files is in progress.";
  }
  const use = `Search them with search_vector_store {${store}}, or give an assistant the tool ` +
    `file_search and tool_resources {"file_search":{"vector_store_ids":["${vector_store_id}"]}}.`;
  if (file_counts.failed === 0) return use;
  const failure = "What failed is not found; failed says why.";
  return file_counts.completed > 0 ? `${failure} ${use}` : failure;
}
