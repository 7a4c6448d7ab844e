/** Objects of one tenant: assistants, threads, messages, runs, and run steps. */

import type { Assistant, Kind, Message, Objects, Run, Thread } from "./objects.ts";
import type { Lease, RunChange, RunState } from "./run_store.ts";

/** Reads and writes the API objects of one tenant. */
export interface ObjectStore {
  /** Returns an object, or undefined if it does not exist. */
  get<K extends Kind>(kind: K, id: string): Promise<Objects[K] | undefined>;

  /**
   * Returns one page of a list. A cursor may name a deleted object; the store remembers the positions
   * of the latest 10,000 deletions.
   *
   * @throws {UnknownCursorError} if `after` or `before` is not in the list
   */
  list<K extends Kind>(kind: K, query: ListQuery): Promise<Page<Objects[K]>>;

  /**
   * Finds messages by their texts, newest first. Messages in progress are not found. A cursor may
   * name a deleted message, as in `list()`.
   *
   * @throws {UnknownCursorError} if `after` is not a message of the tenant
   */
  searchMessages(query: SearchQuery): Promise<Page<Message>>;

  /**
   * Inserts an assistant and returns it. If the tenant has used the idempotency key before, returns
   * the assistant that the first call inserted.
   */
  insertAssistant(assistant: Assistant, idempotencyKey?: string): Promise<Assistant>;

  /**
   * Adds messages, and optionally a run, to a thread. If the thread's active run has expired by
   * `nowS`, first applies the change that `expire` returns for it.
   *
   * @param nowS unix seconds
   * @throws {ThreadBusyError} if a run is active on the thread
   * @throws {GoneError} if the thread does not exist
   */
  addToThread(
    threadId: string,
    addition: ThreadAddition,
    nowS: number,
    expire: (state: RunState) => RunChange,
  ): Promise<void>;

  /**
   * Replaces an object with the result of `change`. Returns the new object, or undefined if the
   * object does not exist.
   */
  update<K extends Kind>(
    kind: K,
    id: string,
    change: (current: Objects[K]) => Objects[K],
  ): Promise<Objects[K] | undefined>;

  /**
   * Deletes an object and everything that belongs to it. Returns false if the object does not exist.
   *
   * @throws {ThreadBusyError} for a message, if a run is active on its thread
   */
  delete(kind: "assistant" | "thread" | "message", id: string): Promise<boolean>;
}

/** One page of a list. `after` and `before` are ids of objects in that list. */
export interface ListQuery {
  limit: number;
  order: "asc" | "desc";
  /** The page starts right after this object, in the given order. */
  after?: string;
  /** The page ends before this object; without `after`, right before it. */
  before?: string;
  /** For messages, runs and steps: the thread. */
  thread_id?: string;
  /** For messages and steps: the run. */
  run_id?: string;
  /** For all kinds but steps: key-value pairs that the metadata must contain. */
  metadata?: Readonly<Record<string, string>>;
  /** Exclusive lower bound of `created_at`, in unix seconds. */
  created_after?: number;
  /** Exclusive upper bound of `created_at`, in unix seconds. */
  created_before?: number;
  /** For messages and runs: the assistant. */
  assistant_id?: string;
  /** For runs: the status. */
  status?: Run["status"];
}

/** One page of the messages that match all terms, newest first. */
export interface SearchQuery {
  /** At least one term; each contains a letter or a digit. */
  terms: readonly SearchTerm[];
  limit: number;
  /** The page starts right after this message. */
  after?: string;
  thread_id?: string;
  role?: Message["role"];
}

/** A phrase of one or more words; case, accents and punctuation are ignored. */
export interface SearchTerm {
  text: string;
  /** Whether the last word may be the beginning of a longer one. */
  prefix: boolean;
}

/** One page of results; `has_more` shows whether another page follows. */
export interface Page<T> {
  data: T[];
  has_more: boolean;
}

/** Objects that are added to a thread in one transaction. */
export interface ThreadAddition {
  /** The thread, if it is new. */
  thread?: Thread;
  messages: Message[];
  run?: Run;
  /** The lease of `run`. */
  lease?: Lease;
}
