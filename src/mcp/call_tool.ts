/** The one path of a tool call: limits, telemetry, argument parsing, confirmation, and one kind of error. */

import { join } from "node:path";
import { ApiError } from "../shared/errors.ts";
import { toApiError } from "../upstream/errors.ts";
import type { Credential } from "../gateway/mod.ts";
import { observeCall } from "../telemetry/mod.ts";
import type {
  Folders,
  ProgressUpdate,
  ResultBlock,
  Tool,
  ToolContext,
} from "../tools/define_tool.ts";
import type { ActiveCalls } from "./active_calls.ts";
import { parseArguments } from "./arguments.ts";
import type { Confirmations } from "./confirmations.ts";
import type { Inventory } from "./inventory.ts";

/** The caller's access to the API, its jobs and its files. */
export type Backend = Pick<ToolContext, "openai" | "jobs" | "saveFile">;

/** What tool calls need from the server, the same for every caller. */
export interface Service {
  inventory: Inventory;
  /** Returns a caller's backend; the first call loads it. */
  backendOf(credential: Credential): Promise<Backend>;
  defaultModel: string;
  defaultImageModel: string;
  folders: Folders;
  /** Longest wait of one call, in seconds. */
  waitS: number;
  /** The calls in progress, of all callers. */
  calls: ActiveCalls;
  /** Asks a person before destructive calls. Absent by default. */
  confirmations?: Confirmations;
}

/** A call of a tool. */
export interface ToolCall {
  tool: Tool;
  /** The arguments as the client sent them. */
  args: Record<string, unknown>;
  /** The parsed arguments, if they were parsed before the call to ask for a confirmation. */
  parsedArgs?: Record<string, unknown>;
  /**
   * Whether a person has confirmed the call.
   *
   * @default false
   */
  isConfirmed?: boolean;
  /** Aborted when the caller cancels or disconnects. */
  signal: AbortSignal;
  listener?: CallListener;
  /**
   * Longest wait of this call, in seconds.
   *
   * @default the service's `waitS`
   */
  waitS?: number;
}

/** Receives the progress of a call. */
export interface CallListener {
  onProgress(update: ProgressUpdate): void;
  /** Sends what is pending; resolves when the result may follow. */
  end(): Promise<void>;
}

/** The result of a call that succeeded. */
export interface ToolOutput {
  result: object;
  /** Content to send along with the result. */
  blocks: ResultBlock[];
}

/**
 * Calls a tool.
 *
 * @throws {ApiError} for any failure
 */
export async function callTool(
  service: Service,
  credential: Credential,
  call: ToolCall,
): Promise<ToolOutput> {
  const { tenant } = credential;
  const observed = observeCall(call.tool.name, tenant);
  let release: (() => void) | undefined;
  try {
    release = service.calls.acquire(tenant);
    const output = await observed.within(() => run(service, credential, call));
    observed.end(undefined);
    return output;
  } catch (error) {
    const apiError = withRequestId(toApiError(error), observed.requestId);
    observed.end(apiError);
    throw apiError;
  } finally {
    await call.listener?.end();
    release?.();
  }
}

/** An upstream's own request id takes precedence: its operator can find the request by it. */
function withRequestId(error: ApiError, requestId: string): ApiError {
  if (error.requestId !== undefined) return error;
  return new ApiError(error.message, { ...error, requestId, cause: error.cause });
}

async function run(
  service: Service,
  credential: Credential,
  call: ToolCall,
): Promise<ToolOutput> {
  const { tool, signal, listener, isConfirmed = false, waitS = service.waitS } = call;
  const args = call.parsedArgs ?? parseArguments(tool, call.args);
  service.confirmations?.assertConfirmed(tool, isConfirmed);
  const context = {
    ...await service.backendOf(credential),
    signal,
    progress: (update: ProgressUpdate) => listener?.onProgress(update),
    defaultModel: service.defaultModel,
    defaultImageModel: service.defaultImageModel,
    folders: foldersOf(service.folders, credential),
    waitS,
  };
  const result = await tool.run(args, context);
  return { result, blocks: await tool.show?.(result, context) ?? [] };
}

/** Over HTTP, each tenant gets a subfolder of the image folder. */
function foldersOf({ readable, images }: Folders, { tenant }: Credential): Folders {
  const isShared = readable === undefined && images !== undefined;
  return { readable, images: isShared ? join(images, tenant) : images };
}
