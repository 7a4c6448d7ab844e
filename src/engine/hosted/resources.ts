/** What assistants, threads and messages bring for hosted tools: it goes to the upstream when it is added. */

import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import {
  type Message,
  type Run,
  type TenantStore,
  type Thread,
  ThreadBusyError,
} from "../../store/mod.ts";
import type { Caller } from "../objects/caller.ts";
import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { invalid } from "../objects/errors.ts";
import { type NewToolResources, type ToolResources, withoutStores } from "../objects/schemas.ts";
import { isUnsupported } from "./unsupported_tools.ts";
import { isActive, isOverdue } from "../objects/transitions.ts";
import { refusalOf } from "../objects/failures.ts";
import type { HostedToolType } from "../../upstream/capabilities.ts";
import { type At, isUpstream, upstreamFileIds } from "./upstream_files.ts";

/** The vector stores of threads go when nobody has used them for so long, as those of the Assistants API did. */
const THREAD_STORE_EXPIRY = { anchor: "last_active_at", days: 7 } as const;

/** As many files a thread may have for its code. */
const MAX_CODE_FILES = 20;

/** The request that brings files or vector stores. */
interface ResourceRequest {
  readonly core: { readonly clock: Clock };
  readonly caller: Caller;
  readonly store: TenantStore;
}

/** @throws {ApiError} 400 for a tool that the upstream does not run, and for a choice of none of the run's */
export function assertToolsSupported(
  { hostedTools }: Caller,
  { tools, tool_choice: choice }: Pick<Run, "tools" | "tool_choice">,
): void {
  const lacking = tools.find(({ type }) => type !== "function" && !hostedTools.includes(type));
  if (lacking !== undefined) throw lacks(lacking.type, "tools");
  if (typeof choice !== "object" || choice === null || choice.type === "function") return;
  if (tools.some(({ type }) => type === choice.type)) return;
  throw invalid(
    `Tool choice '${choice.type}' not found in 'tools' parameter.`,
    "tool_choice",
    "invalid_value",
  );
}

/** @throws {ApiError} 400 for a tool that the upstream has refused to this model before */
export function assertToolsNotRefused(client: OpenAI, { tools, model }: Run): void {
  const lacking = tools.find(({ type }) =>
    type !== "function" && isUnsupported(client, String(model), type)
  );
  if (lacking === undefined) return;
  throw invalid(
    `The upstream refuses '${lacking.type}' to the model '${model}'. Use another model, or create the run with a 'tools' array without it; UPSTREAM_TOOLS says which tools the upstream has.`,
    "tools",
    "unsupported_parameter",
  );
}

/**
 * What is kept of the resources of a new assistant or thread, with the vector store made that they
 * describe.
 *
 * @param path where the resources are in the request
 * @param isThread whether the store is a thread's, and goes when it is used no more
 */
export async function keptResources(
  call: ResourceRequest,
  resources: NewToolResources | null | undefined,
  { path, isThread }: { path: string; isThread: boolean },
): Promise<ToolResources | null> {
  if (!resources) return null;
  const [store] = resources.file_search?.vector_stores ?? [];
  const kept = withoutStores(resources);
  if (store === undefined) return kept;
  if (!call.caller.hostedTools.includes("file_search")) {
    throw lacks("file_search", `${path}.file_search.vector_stores`);
  }
  const { file_ids = [], chunking_strategy, metadata } = store;
  const { id } = await asking(call, async (at) =>
    await at.client.vectorStores.create({
      file_ids: await upstreamFileIds(at, file_ids),
      ...chunking_strategy && { chunking_strategy },
      ...metadata && { metadata },
      ...isThread && { expires_after: THREAD_STORE_EXPIRY },
    }));
  return { ...kept, file_search: { vector_store_ids: [id] } };
}

/** Deletes a store that was made for something that is not to be. */
export async function deleteVectorStores(
  call: ResourceRequest,
  resources: ToolResources | null,
): Promise<void> {
  for (const id of resources?.file_search?.vector_store_ids ?? []) {
    await asking(call, ({ client }) => client.vectorStores.delete(id)).catch(() => {});
  }
}

/**
 * The resources of a thread with the attachments of new messages: their files are where the tools
 * find them.
 *
 * @throws {ApiError} 404 for a file that is not there
 */
export async function attachedResources(
  call: ResourceRequest,
  { tool_resources }: Pick<Thread, "tool_resources">,
  messages: readonly Message[],
): Promise<Thread["tool_resources"]> {
  const search = filesFor("file_search", messages);
  const code = filesFor("code_interpreter", messages);
  if (search.length + code.length === 0) return tool_resources;
  const { hostedTools } = call.caller;
  if (hostedTools.length > 0) await assertFilesExist(call, [...new Set([...search, ...code])]);
  const [store] = search.length > 0 && hostedTools.includes("file_search")
    ? [await storeWith(call, tool_resources?.file_search?.vector_store_ids?.[0], search)]
    : tool_resources?.file_search?.vector_store_ids ?? [];
  return withAdded(tool_resources, store, code);
}

/**
 * Makes the attachments of new messages those of their thread.
 *
 * @throws {ThreadBusyError} while a run is active on the thread
 */
export async function attach(
  call: ResourceRequest,
  threadId: string,
  messages: readonly Message[],
): Promise<void> {
  if (messages.every(({ attachments }) => !attachments?.length)) return;
  const { core: { clock }, store } = call;
  const latest = await store.list("run", { limit: 1, order: "desc", thread_id: threadId });
  const [run] = latest.data;
  // Before anything goes to the upstream; the last word has the transaction.
  if (run && isActive(run) && !isOverdue(run, unixSeconds(clock))) {
    throw new ThreadBusyError(threadId, run.id);
  }
  const thread = await store.get("thread", threadId);
  if (thread === undefined) return;
  const made = await attachedResources(call, thread, messages);
  const [ours] = made?.file_search?.vector_store_ids ?? [];
  let [theirs]: (string | undefined)[] = [];
  await store.update("thread", threadId, (current) => {
    [theirs] = current.tool_resources?.file_search?.vector_store_ids ?? [];
    const code = filesFor("code_interpreter", messages);
    return {
      ...current,
      tool_resources: withAdded(current.tool_resources, theirs ?? ours, code),
    };
  });
  if (theirs === undefined || ours === undefined || theirs === ours) return;
  // Somebody else has given the thread its store in the meantime.
  await storeWith(call, theirs, filesFor("file_search", messages));
  const isMade = thread.tool_resources?.file_search?.vector_store_ids?.[0] !== ours;
  if (isMade) await deleteVectorStores(call, made);
}

/** The store of a thread with these files, which is made where there is none; its id. */
function storeWith(
  call: ResourceRequest,
  store: string | undefined,
  files: string[],
): Promise<string> {
  return asking(call, async (at) => {
    const file_ids = await upstreamFileIds(at, files);
    const { vectorStores } = at.client;
    if (store === undefined) {
      return (await vectorStores.create({ file_ids, expires_after: THREAD_STORE_EXPIRY })).id;
    }
    for (const file_id of file_ids) await vectorStores.files.create(store, { file_id });
    return store;
  });
}

/** @throws {ApiError} 404 */
async function assertFilesExist(call: ResourceRequest, ids: string[]): Promise<void> {
  const found = await asking(call, (at) => Promise.all(ids.map((id) => isThere(at, id))));
  const missing = ids.filter((_, index) => !found[index]);
  if (missing.length === 0) return;
  throw new ApiError(`Files [${missing.join(", ")}] were not found`, { status: 404 });
}

/** Whether a file is kept here, or at the upstream. */
async function isThere({ store, client }: At, id: string): Promise<boolean> {
  return await store.getFile(id) !== undefined || await isUpstream(client, id);
}

/** Asks the upstream for something; what it refuses is the answer to the call. */
async function asking<T>(
  { caller, store }: ResourceRequest,
  work: (at: At) => Promise<T>,
): Promise<T> {
  const { upstreamId } = caller;
  const client = await caller.upstream();
  try {
    return await work({ store, client, upstreamId });
  } catch (error) {
    throw error instanceof ApiError ? error : refusalOf(error, client);
  }
}

function filesFor(tool: HostedToolType, messages: readonly Message[]): string[] {
  const attachments = messages.flatMap(({ attachments }) => attachments ?? []);
  const files = attachments.flatMap(({ file_id, tools = [] }) =>
    file_id !== undefined && tools.some(({ type }) => type === tool) ? [file_id] : []
  );
  return [...new Set(files)];
}

function withAdded(
  resources: Thread["tool_resources"],
  store: string | undefined,
  code: string[],
): Thread["tool_resources"] {
  const file_ids = [...new Set([...resources?.code_interpreter?.file_ids ?? [], ...code])];
  if (file_ids.length > MAX_CODE_FILES) {
    throw invalid(
      `Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with maximum length ${MAX_CODE_FILES}, but got an array with length ${file_ids.length} instead.`,
      "tool_resources.code_interpreter.file_ids",
      "array_above_max_length",
    );
  }
  if (file_ids.length === 0 && store === undefined) return resources;
  return {
    ...resources,
    ...file_ids.length > 0 && { code_interpreter: { file_ids } },
    ...store !== undefined && { file_search: { vector_store_ids: [store] } },
  };
}

function lacks(type: string, param: string): ApiError {
  return invalid(
    `The upstream does not run '${type}', as far as is known. Set UPSTREAM_TOOLS if it does, or do without: create the run with a 'tools' array that has no '${type}'.`,
    param,
    "unsupported_parameter",
  );
}
