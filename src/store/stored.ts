/** What is stored: the objects of the Assistants API, and what the engine keeps beside them. */

import type OpenAI from "openai";

export type Assistant = OpenAI.Beta.Assistant & { reasoning_effort: string | null };
export type Thread = OpenAI.Beta.Thread;
export type Message = OpenAI.Beta.Threads.Message;
export type Run = OpenAI.Beta.Threads.Run & {
  reasoning_effort: string | null;
  tool_resources: OpenAI.Beta.Thread["tool_resources"];
};
export type RunStep = OpenAI.Beta.Threads.Runs.RunStep;

/** The objects by their kind. */
export interface Objects {
  assistant: Assistant;
  thread: Thread;
  message: Message;
  run: Run;
  step: RunStep;
}

export type Kind = keyof Objects;

/** One page of a list; `after` and `before` are ids of that list. */
export interface ListQuery {
  limit: number;
  order: "asc" | "desc";
  /** The page begins right after this object, in the given order. */
  after?: string;
  /** The page ends before this object; with no `after`, right before it. */
  before?: string;
  /** Messages, runs and steps: those of this thread. */
  thread_id?: string;
  /** Messages and steps: those of this run. */
  run_id?: string;
  /** All but steps: those that have all of these pairs. */
  metadata?: Readonly<Record<string, string>>;
  /** Those made later than this, in unix seconds. */
  created_after?: number;
  /** Those made earlier than this, in unix seconds. */
  created_before?: number;
  /** Messages and runs: those of this assistant. */
  assistant_id?: string;
  /** Runs: those in this status. */
  status?: Run["status"];
}

/** Which messages to find, newest first: those that have all of the terms. */
export interface SearchQuery {
  /** One at least, each with a letter or a digit in it. */
  terms: readonly SearchTerm[];
  limit: number;
  /** The page begins right after this message. */
  after?: string;
  thread_id?: string;
  role?: Message["role"];
}

/** Words that stand one after the other, whatever their case, accents and punctuation. */
export interface SearchTerm {
  text: string;
  /** The last of them may go on. */
  prefix: boolean;
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
}

/**
 * The right to work on a run, which one process has at a time and has to renew.
 *
 * A run that waits for its client, or has ended, is nobody's to work on.
 */
export interface Lease {
  /** The process that has it. */
  owner: string;
  /** When it lapses, in unix milliseconds. */
  until: number;
  /** The fingerprint of the upstream that the run is for; no other may take it over. */
  upstream: string;
}

/** A run with those of its messages and steps that are still in progress. */
export interface RunState {
  run: Run;
  messages: Message[];
  steps: RunStep[];
  /** Who works on it, and which try it is: 1, and 2 after it was taken over. */
  lease: (Lease & { attempt: number }) | null;
}

/** The statuses in which a run holds its thread. */
export const ACTIVE_STATUSES = ["queued", "in_progress", "requires_action", "cancelling"] as const;

/** An item of a response, or an answer to one, as it goes back to the upstream in the same run. */
export type RunItem = Record<string, unknown>;

/** A step and where in its thread it began. */
export interface PlacedStep {
  step: RunStep;
  /** The message right before it, of those that are still there; undefined where there is none. */
  after: string | undefined;
}

/** Objects to insert or, where the id exists, to replace. */
export interface RunChange {
  run?: Run;
  messages?: Message[];
  steps?: RunStep[];
  /** Appended to the run's items. They are gone when the run has ended. */
  items?: RunItem[];
  /** Given to its first try unless told which, or given up. A run that has ended has none. */
  lease?: Lease & { attempt?: number } | null;
}

/** What enters a thread at once: messages, and perhaps a run; `thread` where it is new as well. */
export interface Entry {
  thread?: Thread;
  messages: Message[];
  run?: Run;
  /** Of the run. */
  lease?: Lease;
}

/** Work that goes on when its call has been answered, and then what came of it. */
export interface Job {
  id: string;
  /** The tool that was called. */
  tool: string;
  status: "in_progress" | "completed" | "failed";
  /** What the tool answers; null until the job has completed. */
  result: object | null;
  /** What the tool refused with; null unless the job has failed. */
  error: object | null;
  /** From when on the job is not found, in unix seconds. */
  expires_at: number;
}

/** A file that a run or an image tool has produced, as the API shows it. */
export interface FileObject {
  id: string;
  object: "file";
  bytes: number;
  created_at: number;
  /** From when on it may be deleted, in unix seconds; unless set, it stays as long as its thread. */
  expires_at?: number;
  filename: string;
  purpose: "assistants_output";
  /** `error`: its content was not kept, and `status_details` says why. */
  status: "processed" | "error";
  status_details?: string;
}

export interface StoredFile {
  object: FileObject;
  content: Uint8Array<ArrayBuffer> | null;
}

export interface KeptFile {
  object: FileObject;
  /** The copy of it at an upstream, by that one's fingerprint and its id there. */
  upload: { upstream: string; file_id: string } | null;
}

/** The container in which the code of a thread's runs works, and which files were put into it. */
export interface KeptContainer {
  id: string;
  file_ids: string[];
}

/** An event of a run, which somebody else is to be told. */
export interface Delivery {
  tenant: string;
  /** How many times it has been claimed. */
  attempts: number;
  event: {
    id: string;
    object: "event";
    /** `run.` and the status that the run has come to. */
    type: string;
    /** Unix seconds. */
    created_at: number;
    data: Pick<Run, "id" | "thread_id" | "assistant_id" | "status" | "metadata">;
  };
}
