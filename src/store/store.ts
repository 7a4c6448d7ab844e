/**
 * The storage of the Assistants API's objects: what every database behind the engine can do.
 *
 * Every call names the tenant, and nothing is found without it. A call is one transaction: it
 * happens whole or not at all, also against other processes on the same database. A database that
 * cannot be read or written, such as on a full disk, is an `ApiError` with status 500.
 */

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

export interface Store {
  get<K extends Kind>(tenant: string, kind: K, id: string): Promise<Objects[K] | undefined>;

  /**
   * A cursor may be of an object that was deleted, unless that is long ago.
   *
   * @throws {UnknownCursorError} when `after` or `before` is not in the list
   */
  list<K extends Kind>(tenant: string, kind: K, query: ListQuery): Promise<Page<Objects[K]>>;

  /**
   * Finds messages by their texts; one that is being written is not found yet. Of a cursor the same
   * holds as for lists.
   *
   * @throws {UnknownCursorError} when `after` is no message of the tenant
   */
  search(tenant: string, query: SearchQuery): Promise<Page<Message>>;

  /** Returns what is stored: the earlier assistant where the tenant has used the key before. */
  insertAssistant(
    tenant: string,
    assistant: Assistant,
    idempotencyKey?: string,
  ): Promise<Assistant>;

  /**
   * Adds to a thread, first ending its active run by `expire` where that is past its time.
   *
   * @param now unix seconds
   * @throws {ThreadBusyError} while a run is active on the thread
   * @throws {GoneError} when the thread does not exist
   */
  enter(
    tenant: string,
    threadId: string,
    entry: Entry,
    now: number,
    expire: (state: RunState) => RunChange,
  ): Promise<void>;

  /** Replaces an object by what `change` makes of it; undefined when there is none. */
  update<K extends Kind>(
    tenant: string,
    kind: K,
    id: string,
    change: (current: Objects[K]) => Objects[K],
  ): Promise<Objects[K] | undefined>;

  /**
   * Moves a run on: `change` sees it as it is now and returns what to write, or nothing to leave
   * it. Returns the run as it then is; undefined when it is gone.
   */
  commit(
    tenant: string,
    runId: string,
    change: (state: RunState) => RunChange | undefined,
  ): Promise<Run | undefined>;

  /**
   * The steps of a thread's runs that have called tools, in their order.
   *
   * @param from the message after which they began; all unless told
   */
  stepsWithCalls(tenant: string, threadId: string, from?: string): Promise<PlacedStep[]>;

  /** The items of a run in their order. */
  items(tenant: string, runId: string): Promise<RunItem[]>;

  /** Keeps the runs that the lease's owner has; of the others nothing is in the answer. */
  renew(
    tenant: string,
    runIds: readonly string[],
    lease: Lease,
  ): Promise<Map<string, Run["status"]>>;

  /** The active runs for this upstream whose lease has lapsed by `nowMs`. */
  lapsed(tenant: string, upstream: string, nowMs: number): Promise<Run[]>;

  /**
   * Takes over a run whose lease has lapsed by `nowMs`: `change` sees it as the dead process left
   * it and says what to write. The next try is counted. Undefined where it is not to be had.
   */
  takeOver(
    tenant: string,
    runId: string,
    lease: Lease,
    nowMs: number,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined>;

  /**
   * Deletes an object with all that belongs to it; false when there is none.
   *
   * @throws {ThreadBusyError} for a message while a run is active on its thread
   */
  delete(tenant: string, kind: "assistant" | "thread" | "message", id: string): Promise<boolean>;

  /**
   * Deletes the thread that was unused for longest, whoever's it is, with all that belongs to it;
   * false when none is left that was not used since a time. Adding to a thread and changing
   * something in it are uses. A thread stays while a run is active on it that has not outlived its
   * time.
   *
   * @param usedBefore unix seconds; a use may be noted as up to an hour earlier than it was
   * @param now unix seconds
   */
  removeUnused(usedBefore: number, now: number): Promise<boolean>;

  /**
   * Keeps a file for as long as its thread, and not at all where that is gone; or of no thread, with
   * an expiry. Deletes those of the tenant that have expired before it was made.
   */
  putFile(tenant: string, threadId: string | null, file: StoredFile): Promise<void>;

  getFile(tenant: string, id: string): Promise<KeptFile | undefined>;

  /** The content of a file; null where none is kept. */
  fileContent(tenant: string, id: string): Promise<Uint8Array<ArrayBuffer> | null>;

  /** Remembers where at an upstream a copy of a file is. */
  setUpload(tenant: string, id: string, upload: KeptFile["upload"]): Promise<void>;

  /** Deletes a file; false when there is none. */
  deleteFile(tenant: string, id: string): Promise<boolean>;

  /** The container of a thread at an upstream. */
  getContainer(
    tenant: string,
    threadId: string,
    upstream: string,
  ): Promise<KeptContainer | undefined>;

  /** Remembers the container of a thread at an upstream, or with null forgets it. */
  setContainer(
    tenant: string,
    threadId: string,
    upstream: string,
    container: KeptContainer | null,
  ): Promise<void>;

  /**
   * Writes a job, unless it has ended before, and deletes those of the tenant that have expired.
   *
   * @param now unix seconds
   */
  putJob(tenant: string, job: Job, now: number): Promise<void>;

  /** A job that has not expired by `now`, in unix seconds. */
  getJob(tenant: string, id: string, now: number): Promise<Job | undefined>;

  /**
   * The events of runs that are due by `nowMs`, longest due first, whoever's they are; they are due
   * again at `untilMs`, unless they are ended or postponed before.
   */
  claimDeliveries(nowMs: number, untilMs: number, limit: number): Promise<Delivery[]>;

  postponeDelivery(delivery: Delivery, dueMs: number): Promise<void>;

  endDelivery(delivery: Delivery): Promise<void>;

  close(): Promise<void>;
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

/** The statuses in which a run holds its thread. */
export const ACTIVE_STATUSES = ["queued", "in_progress", "requires_action", "cancelling"] as const;

export class ThreadBusyError extends Error {
  override readonly name = "ThreadBusyError";
  constructor(readonly threadId: string, readonly runId: string) {
    super(`Thread ${threadId} already has an active run ${runId}.`);
  }
}

export class GoneError extends Error {
  override readonly name = "GoneError";
  constructor(readonly kind: Kind, readonly id: string) {
    super(`No ${kind} found with id '${id}'.`);
  }
}

export class UnknownCursorError extends Error {
  override readonly name = "UnknownCursorError";
  constructor(readonly param: "after" | "before", readonly id: string) {
    super(`No object found with id '${id}'.`);
  }
}
