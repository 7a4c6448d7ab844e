/** Objects of one tenant: assistants, threads, messages, runs, and run steps. */

import type {
  Assistant,
  Entry,
  Kind,
  ListQuery,
  Message,
  Objects,
  Page,
  RunChange,
  RunState,
  SearchQuery,
} from "./stored.ts";

/** Reads and writes the API objects of one tenant. */
export interface ObjectStore {
  /** Returns an object, or undefined if it does not exist. */
  get<K extends Kind>(kind: K, id: string): Promise<Objects[K] | undefined>;

  /**
   * Returns one page of a list. A cursor may name a deleted object, unless it was deleted long ago.
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
   * Adds messages, and optionally a run, to a thread that may be new. An active run that has
   * outlived its time is first ended with the change that `expire` returns.
   *
   * @param nowS unix seconds
   * @throws {ThreadBusyError} if a run is active on the thread
   * @throws {GoneError} if the thread does not exist
   */
  addToThread(
    threadId: string,
    entry: Entry,
    nowS: number,
    expire: (state: RunState) => RunChange,
  ): Promise<void>;

  /**
   * Replaces an object by the one that `change` returns for it. Returns the new object, or undefined
   * if there is none with that id.
   */
  update<K extends Kind>(
    kind: K,
    id: string,
    change: (current: Objects[K]) => Objects[K],
  ): Promise<Objects[K] | undefined>;

  /**
   * Deletes an object and all that belongs to it. Returns false if it does not exist.
   *
   * @throws {ThreadBusyError} for a message, if a run is active on its thread
   */
  delete(kind: "assistant" | "thread" | "message", id: string): Promise<boolean>;
}
