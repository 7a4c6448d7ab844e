/** What a tool is: its definition contains everything about it; documentation, schemas and aliases derive from it. */

import type OpenAI from "openai";
import type * as z from "zod";
import type { TenantJobs } from "../jobs/mod.ts";

/** The toolsets that are served by default. */
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

/** Every toolset; those after the default ones are served on request. */
export const TOOLSETS = [...DEFAULT_TOOLSETS, "files", "vector_stores", "bulk", "utility"] as const;

export type Toolset = (typeof TOOLSETS)[number];

/** MCP's tool hints. All are false by default. */
export interface Hints {
  /** Changes nothing; READ_ONLY serves only these tools. */
  readOnly?: boolean;
  /** Cannot be undone; CONFIRM_DELETES asks a person before these tools run. */
  destructive?: boolean;
  idempotent?: boolean;
  /** Reaches the model server. */
  openWorld?: boolean;
}

/** Progress of a call: the next piece of text, or a new status of the run, job or file that it follows. */
export type ProgressUpdate = { text: string } | { status: string };

/** The local folders that tools may use. */
export interface Folders {
  /** Folders below which callers may name files; undefined over HTTP, where paths are not accepted. */
  readable: readonly string[] | undefined;
  /** Folder for images and large files; undefined if none is configured. */
  images: string | undefined;
}

/** Content to send along with a result's JSON: an image, another file, or a link to a resource. */
export type ResultBlock =
  | { type: "image"; data: Uint8Array<ArrayBuffer>; mimeType: string }
  | { type: "resource"; data: Uint8Array<ArrayBuffer>; mimeType: string; uri: string }
  | { type: "link"; uri: string; name: string; mimeType?: string; size?: number };

/** What a call receives in addition to its arguments. */
export interface ToolContext {
  /** An API client with the caller's credential. */
  openai: OpenAI;
  /** Aborted when the caller cancels or disconnects. */
  signal: AbortSignal;
  /** Reports progress to the waiting caller. */
  progress(update: ProgressUpdate): void;
  /** The caller's jobs, for work that may outlast its call. */
  jobs: TenantJobs;
  /** Stores a file that a tool has produced; resolves to its id in the Files API. */
  saveFile(file: { filename: string; content: Uint8Array<ArrayBuffer> }): Promise<string>;
  /** The model for calls that name none. */
  defaultModel: string;
  /** The image model for calls that name none. */
  defaultImageModel: string;
  folders: Folders;
  /** Default and maximum of a call's `wait_s`, in seconds. */
  waitS: number;
}

/** A tool whose `run` takes the arguments that `input` parses. */
export interface ToolDefinition<I extends z.ZodObject> {
  /** The name in snake_case; that of the Assistants API, if the API has the operation. */
  name: string;
  title: string;
  description: string;
  toolset: Toolset;
  hints?: Hints;
  /**
   * The resource-first name.
   *
   * @default `resource-verb`, derived from a name of the form `verb_resource`
   */
  kebabName?: string;
  /** Further names, in addition to those that `aliasesOf()` derives. */
  aliases?: readonly string[];
  /** Whether a call may take seconds: over HTTP its response is an event stream. */
  longRunning?: boolean;
  input: I;
  /** What `run` resolves to. It is listed; only the tests enforce it. */
  output: z.ZodObject;
  run(args: z.output<I>, context: ToolContext): Promise<object>;
  /** Returns further content to send along with a result. */
  show?(result: object, context: ToolContext): Promise<ResultBlock[]>;
}

/** A tool with any arguments. */
export type Tool = ToolDefinition<z.ZodObject>;

/** Returns a definition as a `Tool`, to be called with arguments that its `input` has parsed. */
export function defineTool<I extends z.ZodObject>(definition: ToolDefinition<I>): Tool {
  return definition;
}
