/** What a tool is: everything about it stands in its definition, and all else derives from that. */

import type OpenAI from "openai";
import type * as z from "zod";
import type { TenantJobs } from "../jobs/mod.ts";

/** The toolsets that are served where nobody says which. */
export const DEFAULT_TOOLSETS = [
  "chat",
  "models",
  "images",
  "assistants",
  "threads",
  "messages",
  "runs",
  "run_steps",
] as const;

/** Every toolset; those beyond the default ones have to be asked for. */
export const TOOLSETS = [...DEFAULT_TOOLSETS, "files", "vector_stores", "bulk", "utility"] as const;

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
export type ProgressUpdate = { text: string } | { status: string };

/** The folders that tools may touch. */
export interface Folders {
  /** Below which the paths that a caller names are read; undefined where none are taken: over HTTP. */
  readable: readonly string[] | undefined;
  /** Where images are written, if anywhere. */
  images: string | undefined;
}

/** What stands beside a result's JSON: a picture or another file, or the way to one. */
export type ResultBlock =
  | { type: "image"; data: Uint8Array<ArrayBuffer>; mimeType: string }
  | { type: "resource"; data: Uint8Array<ArrayBuffer>; mimeType: string; uri: string }
  | { type: "link"; uri: string; name: string; mimeType?: string; size?: number };

/** What a call gets beside its arguments. */
export interface ToolContext {
  /** The client of the caller's credential. */
  openai: OpenAI;
  /** Aborted when the caller cancels or goes away. */
  signal: AbortSignal;
  /** Tells a waiting caller more. */
  progress(step: ProgressUpdate): void;
  /** The caller's jobs: work that may take longer than a call. */
  jobs: TenantJobs;
  /** Keeps a file that a tool has made, and says by which id the Files API has it. */
  saveFile(file: { filename: string; content: Uint8Array<ArrayBuffer> }): Promise<string>;
  /** The model where a call names none. */
  defaultModel: string;
  /** The same for images. */
  defaultImageModel: string;
  folders: Folders;
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
  longRunning?: boolean;
  input: I;
  /** What `run` resolves to; listed, and held against it by the tests. */
  output: z.ZodObject;
  run(args: z.output<I>, context: ToolContext): Promise<object>;
  /** What else to show of a result. */
  show?(result: object, context: ToolContext): Promise<ResultBlock[]>;
}

/** A tool as the inventory holds it, whatever its arguments. */
export type Tool = ToolDefinition<z.ZodObject>;

/** Checks a definition; what it returns is called with what `input` has parsed, and only so. */
export function defineTool<I extends z.ZodObject>(definition: ToolDefinition<I>): Tool {
  return definition;
}
