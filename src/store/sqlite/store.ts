/** The store on SQLite: each call is one synchronous transaction. */

import type { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock, unixSeconds } from "../../shared/clock.ts";
import { Connection } from "./connection.ts";
import { keepPlace } from "./_deleted_positions.ts";
import { areDeliveriesDue, claimDeliveries, endDelivery, postponeDelivery } from "./deliveries.ts";
import {
  contentOf,
  deleteFile,
  findContainer,
  findFile,
  insertFile,
  setContainer,
  setUpload,
} from "./_files.ts";
import { IndexPurge } from "./_index_purge.ts";
import { findJob, putJob } from "./_jobs.ts";
import { lapsedRuns, renewLeases, takeLease } from "./leases.ts";
import { deleteObject, findObject, putAssistantOnce, putObjects } from "./objects.ts";
import { readPage } from "./_pages.ts";
import {
  activeRun,
  applyChange,
  assertNotBusy,
  itemsOf,
  stateOf,
  stepsWithCalls,
} from "./_runs.ts";
import { searchMessages } from "./search.ts";
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
} from "../stored.ts";
import { GoneError, type Store } from "../store.ts";
import { noteUse, removeUnused } from "./_thread_use.ts";

export class SqliteStore implements Store {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #forgetting: IndexPurge;

  /**
   * @param database in the schema of this program; the store closes it
   * @param path what messages call it
   */
  constructor(database: DatabaseSync, path: string, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#connection = new Connection(database, path);
    this.#forgetting = new IndexPurge(this.#connection, clock);
    this.#forgetting.resume();
  }

  get<K extends Kind>(tenant: string, kind: K, id: string): Promise<Objects[K] | undefined> {
    return this.#connection.read((db) => findObject(db, tenant, kind, id));
  }

  list<K extends Kind>(tenant: string, kind: K, query: ListQuery): Promise<Page<Objects[K]>> {
    return this.#connection.read((db) => readPage(db, tenant, kind, query));
  }

  search(tenant: string, query: SearchQuery): Promise<Page<Message>> {
    return this.#connection.read((db) => searchMessages(db, tenant, query));
  }

  insertAssistant(
    tenant: string,
    assistant: Assistant,
    idempotencyKey?: string,
  ): Promise<Assistant> {
    const key = idempotencyKey ?? null;
    return this.#connection.write((db) => putAssistantOnce(db, tenant, assistant, key));
  }

  enter(
    tenant: string,
    threadId: string,
    entry: Entry,
    now: number,
    expire: (state: RunState) => RunChange,
  ): Promise<void> {
    return this.#connection.write((db) => {
      if (entry.thread) putObjects(db, tenant, "thread", [entry.thread]);
      else if (!findObject(db, tenant, "thread", threadId)) throw new GoneError("thread", threadId);

      const active = activeRun(db, tenant, threadId);
      if (active && active.expires_at !== null && active.expires_at <= now) {
        applyChange(db, tenant, active.id, expire(stateOf(db, tenant, active)));
      }
      assertNotBusy(db, tenant, threadId);
      applyChange(db, tenant, entry.run?.id, entry);
      noteUse(db, tenant, threadId, now);
    });
  }

  update<K extends Kind>(
    tenant: string,
    kind: K,
    id: string,
    change: (current: Objects[K]) => Objects[K],
  ): Promise<Objects[K] | undefined> {
    return this.#connection.write((db) => {
      const current = findObject(db, tenant, kind, id);
      if (!current) return undefined;
      const next = change(current);
      putObjects(db, tenant, kind, [next]);
      const threadId = "thread_id" in next ? next.thread_id : kind === "thread" ? id : undefined;
      if (threadId !== undefined) noteUse(db, tenant, threadId, unixSeconds(this.#clock));
      return next;
    });
  }

  commit(
    tenant: string,
    runId: string,
    change: (state: RunState) => RunChange | undefined,
  ): Promise<Run | undefined> {
    return this.#connection.write((db) => {
      const run = findObject(db, tenant, "run", runId);
      if (!run) return undefined;
      const next = change(stateOf(db, tenant, run));
      if (next) applyChange(db, tenant, runId, next);
      return next?.run ?? run;
    });
  }

  stepsWithCalls(tenant: string, threadId: string, from?: string): Promise<PlacedStep[]> {
    return this.#connection.read((db) => stepsWithCalls(db, tenant, threadId, from));
  }

  items(tenant: string, runId: string): Promise<RunItem[]> {
    return this.#connection.read((db) => itemsOf(db, tenant, runId));
  }

  renew(
    tenant: string,
    runIds: readonly string[],
    lease: Lease,
  ): Promise<Map<string, Run["status"]>> {
    return this.#connection.write((db) => renewLeases(db, tenant, runIds, lease));
  }

  lapsed(tenant: string, upstream: string, nowMs: number): Promise<Run[]> {
    return this.#connection.read((db) => lapsedRuns(db, tenant, upstream, nowMs));
  }

  takeOver(
    tenant: string,
    runId: string,
    lease: Lease,
    nowMs: number,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined> {
    return this.#connection.write((db) => {
      if (!takeLease(db, tenant, runId, lease, nowMs)) return undefined;
      const run = findObject(db, tenant, "run", runId);
      if (run === undefined) return undefined;
      const next = change(stateOf(db, tenant, run));
      applyChange(db, tenant, runId, next);
      return next.run ?? run;
    });
  }

  async delete(
    tenant: string,
    kind: "assistant" | "thread" | "message",
    id: string,
  ): Promise<boolean> {
    const deleted = await this.#connection.write((db) => {
      const message = kind === "message" ? findObject(db, tenant, kind, id) : undefined;
      if (message) assertNotBusy(db, tenant, message.thread_id);
      keepPlace(db, tenant, kind, id);
      return deleteObject(db, tenant, kind, id);
    });
    if (deleted) await this.#forgetting.now();
    return deleted;
  }

  async removeUnused(usedBefore: number, now: number): Promise<boolean> {
    const removed = await this.#connection.write((db) => removeUnused(db, usedBefore, now));
    if (removed) await this.#forgetting.now();
    return removed;
  }

  putFile(tenant: string, threadId: string | null, file: StoredFile): Promise<void> {
    return this.#connection.write((db) => insertFile(db, tenant, threadId, file));
  }

  getFile(tenant: string, id: string): Promise<KeptFile | undefined> {
    return this.#connection.read((db) => findFile(db, tenant, id));
  }

  fileContent(tenant: string, id: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#connection.read((db) => contentOf(db, tenant, id));
  }

  setUpload(tenant: string, id: string, upload: KeptFile["upload"]): Promise<void> {
    return this.#connection.write((db) => setUpload(db, tenant, id, upload));
  }

  async deleteFile(tenant: string, id: string): Promise<boolean> {
    const deleted = await this.#connection.write((db) => deleteFile(db, tenant, id));
    if (deleted) this.#connection.emptyLog();
    return deleted;
  }

  getContainer(
    tenant: string,
    threadId: string,
    upstream: string,
  ): Promise<KeptContainer | undefined> {
    return this.#connection.read((db) => findContainer(db, tenant, threadId, upstream));
  }

  setContainer(
    tenant: string,
    threadId: string,
    upstream: string,
    container: KeptContainer | null,
  ): Promise<void> {
    return this.#connection.write((db) => setContainer(db, tenant, threadId, upstream, container));
  }

  putJob(tenant: string, job: Job, now: number): Promise<void> {
    return this.#connection.write((db) => putJob(db, tenant, job, now));
  }

  getJob(tenant: string, id: string, now: number): Promise<Job | undefined> {
    return this.#connection.read((db) => findJob(db, tenant, id, now));
  }

  async claimDeliveries(nowMs: number, untilMs: number, limit: number): Promise<Delivery[]> {
    // A look that finds nothing, as most do, is not to lock the database.
    if (!await this.#connection.read((db) => areDeliveriesDue(db, nowMs))) return [];
    return await this.#connection.write((db) => claimDeliveries(db, nowMs, untilMs, limit));
  }

  postponeDelivery(delivery: Delivery, dueMs: number): Promise<void> {
    return this.#connection.write((db) => postponeDelivery(db, delivery, dueMs));
  }

  endDelivery(delivery: Delivery): Promise<void> {
    return this.#connection.write((db) => endDelivery(db, delivery));
  }

  close(): Promise<void> {
    this.#forgetting.stop();
    return Promise.try(() => this.#connection.close());
  }
}
