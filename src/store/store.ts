/**
 * The storage of the Assistants API's objects: what every database behind the engine can do.
 *
 * Every call names the tenant, and nothing is found without it. A call is one transaction: it
 * happens whole or not at all, also against other processes on the same database. A database that
 * cannot be read or written, such as on a full disk, is an `ApiError` with status 500.
 */

import type {
  Assistant,
  Delivery,
  Entry,
  Job,
  KeptContainer,
  KeptFile,
  Kind,
  Lease,
  ListQuery,
  Message,
  Objects,
  Page,
  PlacedStep,
  Run,
  RunChange,
  RunItem,
  RunState,
  SearchQuery,
  StoredFile,
} from "./stored.ts";

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
