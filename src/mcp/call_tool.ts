/** One call of a tool, whoever calls: counted, observed, its arguments checked, its failure explained. */

import type OpenAI from "openai";
import type { TenantJobs } from "../jobs/mod.ts";
import { toApiError } from "../openai/errors.ts";
import type { Credential } from "../openai/mod.ts";
import { observeCall } from "../telemetry/mod.ts";
import type { Step, Tool } from "../tools/define_tool.ts";
import { parseArguments } from "./arguments.ts";
import type { Calls } from "./calls.ts";
import type { Confirmations } from "./confirm.ts";
import type { Inventory } from "./inventory.ts";

/** What is behind the tools for one caller. */
export interface Backend {
  openai: OpenAI;
  jobs: TenantJobs;
}

/** What every call needs, whoever calls. */
export interface Service {
  inventory: Inventory;
  /** Loaded and opened with the first call that needs it. */
  backendOf(credential: Credential): Promise<Backend>;
  defaultModel: string;
  /** The longest wait of one call, in seconds. */
  waitS: number;
  /** The calls under way. */
  calls: Calls;
  /** Who is asked before something is done that cannot be undone; nobody unless told. */
  confirmations?: Confirmations;
}

export interface ToolCall {
  tool: Tool;
  /** As they were sent. */
  args: Record<string, unknown>;
  /** Aborted when the caller cancels or goes away. */
  signal: AbortSignal;
  listener?: Listener;
  /** Whether a person has agreed to it. */
  agreed?: boolean;
  /** The longest wait of this call, in seconds; the service's unless told. */
  waitS?: number;
}

/** Who hears how a call goes on. */
export interface Listener {
  hear(step: Step): void;
  /** Resolves when the result may follow. */
  end(): Promise<void>;
}

/** @throws {ApiError} */
export async function callTool(
  service: Service,
  credential: Credential,
  call: ToolCall,
): Promise<object> {
  const { tenant } = credential;
  const observed = observeCall(call.tool.name, tenant);
  let leave: (() => void) | undefined;
  try {
    leave = service.calls.enter(tenant);
    const result = await observed.within(() => run(service, credential, call));
    observed.end(undefined);
    return result;
  } catch (error) {
    const refusal = toApiError(error);
    observed.end(refusal);
    throw refusal;
  } finally {
    await call.listener?.end();
    leave?.();
  }
}

async function run(
  service: Service,
  credential: Credential,
  { tool, args, signal, listener, agreed = false, waitS = service.waitS }: ToolCall,
): Promise<object> {
  const parsed = parseArguments(tool, args);
  service.confirmations?.check(tool, agreed);
  return await tool.run(parsed, {
    ...await service.backendOf(credential),
    signal,
    progress: (step) => listener?.hear(step),
    defaultModel: service.defaultModel,
    waitS,
  });
}
