/** One call of a tool, whoever calls: counted, observed, its arguments checked, its failure explained. */

import { join } from "node:path";
import { ApiError } from "../shared/errors.ts";
import { toApiError } from "../upstream/errors.ts";
import type { Credential } from "../gateway/mod.ts";
import { observeCall } from "../telemetry/mod.ts";
import type { Block, Folders, Step, Tool, ToolContext } from "../tools/define_tool.ts";
import { parseArguments } from "./arguments.ts";
import type { Calls } from "./call_limits.ts";
import type { Confirmations } from "./confirm.ts";
import type { Inventory } from "./inventory.ts";

/** What is behind the tools for one caller. */
export type Backend = Pick<ToolContext, "openai" | "jobs" | "keepFile">;

/** What every call needs, whoever calls. */
export interface Service {
  inventory: Inventory;
  /** Loaded and opened with the first call that needs it. */
  backendOf(credential: Credential): Promise<Backend>;
  defaultModel: string;
  defaultImageModel: string;
  folders: Folders;
  /** The longest wait of one call, in seconds. */
  waitS: number;
  /** The calls under way. */
  calls: Calls;
  /** Who is asked before something is done that cannot be undone; nobody unless told. */
  confirmations?: Confirmations;
}

export interface ToolCall {
  tool: Tool;
  /** The arguments as the client sent them. */
  args: Record<string, unknown>;
  /** The parsed arguments, if they were parsed before the call to ask for a confirmation. */
  parsedArgs?: Record<string, unknown>;
  /** Whether a person has confirmed the call. */
  isConfirmed?: boolean;
  /** Aborted when the caller cancels or goes away. */
  signal: AbortSignal;
  listener?: Listener;
  /** The longest wait of this call, in seconds; the service's unless told. */
  waitS?: number;
}

/** Who hears how a call goes on. */
export interface Listener {
  hear(step: Step): void;
  /** Resolves when the result may follow. */
  end(): Promise<void>;
}

/** How a call has ended. */
export interface Called {
  result: object;
  /** What stands beside it. */
  blocks: Block[];
}

/** @throws {ApiError} */
export async function callTool(
  service: Service,
  credential: Credential,
  call: ToolCall,
): Promise<Called> {
  const { tenant } = credential;
  const observed = observeCall(call.tool.name, tenant);
  let leave: (() => void) | undefined;
  try {
    leave = service.calls.enter(tenant);
    const result = await observed.within(() => run(service, credential, call));
    observed.end(undefined);
    return result;
  } catch (error) {
    const refusal = withId(toApiError(error), observed.requestId);
    observed.end(refusal);
    throw refusal;
  } finally {
    await call.listener?.end();
    leave?.();
  }
}

/** The error with an id by which it is found in the log; that of whoever answered comes first. */
function withId(error: ApiError, requestId: string): ApiError {
  if (error.requestId !== undefined) return error;
  return new ApiError(error.message, { ...error, requestId, cause: error.cause });
}

async function run(
  service: Service,
  credential: Credential,
  call: ToolCall,
): Promise<Called> {
  const { tool, signal, listener, isConfirmed = false, waitS = service.waitS } = call;
  const args = call.parsedArgs ?? parseArguments(tool, call.args);
  service.confirmations?.assertConfirmed(tool, isConfirmed);
  const context = {
    ...await service.backendOf(credential),
    signal,
    progress: (step: Step) => listener?.hear(step),
    defaultModel: service.defaultModel,
    defaultImageModel: service.defaultImageModel,
    folders: foldersOf(service.folders, credential),
    waitS,
  };
  const result = await tool.run(args, context);
  return { result, blocks: await tool.show?.(result, context) ?? [] };
}

/** Callers over HTTP see nothing of each other, and so each has a folder. */
function foldersOf({ readable, images }: Folders, { tenant }: Credential): Folders {
  const isShared = readable === undefined && images !== undefined;
  return { readable, images: isShared ? join(images, tenant) : images };
}
