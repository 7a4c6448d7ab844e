/** What a tool is: everything about it stands in its definition, and all else derives from that. */

import type OpenAI from "openai";
import type * as z from "zod";
import type { TenantJobs } from "../jobs/mod.ts";

/** The toolsets that are served where nobody says which. */
export const DEFAULT_TOOLSETS = [
  "chat",
  "models",
  "assistants",
  "threads",
  "messages",
  "runs",
  "run_steps",
] as const;

/** Every toolset; those beyond the default ones have to be asked for. */
export const TOOLSETS = [...DEFAULT_TOOLSETS, "utility"] as const;

export type Toolset = (typeof TOOLSETS)[number];

/** MCP's four tool hints; what is not said is false, but `openWorld`, which is true where a model is asked. */
export interface Hints {
  /** Also what READ_ONLY leaves. */
  readOnly?: boolean;
  /** What it does cannot be undone; also what CONFIRM_DELETES asks about. */
  destructive?: boolean;
  idempotent?: boolean;
  openWorld?: boolean;
}

/** What a waiting caller hears: the next piece of text, or a new status of what the call follows. */
export type Step = { text: string } | { status: string };

/** What a call gets beside its arguments. */
export interface ToolContext {
  /** The client of the caller's credential. */
  openai: OpenAI;
  /** Aborted when the caller cancels or goes away. */
  signal: AbortSignal;
  /** Tells a waiting caller more. */
  progress(step: Step): void;
  /** The caller's jobs: work that may take longer than a call. */
  jobs: TenantJobs;
  /** The model where a call names none. */
  defaultModel: string;
  /** How long a call may follow a run or a job, in seconds: the default and the maximum of `wait_s`. */
  waitS: number;
}

export interface ToolDefinition<I extends z.ZodObject> {
  /** snake_case, as the Assistants API calls it. */
  name: string;
  title: string;
  description: string;
  toolset: Toolset;
  hints?: Hints;
  /** The resource-first name, where `verb_resource` does not become `resource-verb`. */
  kebabName?: string;
  /** Names beside the canonical one that no rule derives. */
  aliases?: readonly string[];
  /** A call may take seconds: over HTTP its answer is a stream from the first moment. */
  long?: boolean;
  input: I;
  /** What `run` resolves to; listed, and held against it by the tests. */
  output: z.ZodObject;
  run(args: z.output<I>, context: ToolContext): Promise<object>;
}

/** A tool as the inventory holds it, whatever its arguments. */
export type Tool = ToolDefinition<z.ZodObject>;

/** Checks a definition; what it returns is called with what `input` has parsed, and only so. */
export function defineTool<I extends z.ZodObject>(definition: ToolDefinition<I>): Tool {
  return definition;
}
