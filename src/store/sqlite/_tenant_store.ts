/** The store of one tenant, on SQLite. */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import type { Connection } from "./connection.ts";
import { recordDeletedPosition } from "./_deleted_positions.ts";
import {
  deleteFile,
  findContainer,
  findFile,
  findFileContent,
  insertFile,
  setContainer,
  setFileUpload,
} from "./_files.ts";
import type { IndexPurge } from "./_index_purge.ts";
import { findJob, putJob } from "./_jobs.ts";
import { acquireExpiredLease, findRunsWithExpiredLease, renewLeases } from "./leases.ts";
import { deleteObject, findObject, insertAssistant, putObjects } from "./objects.ts";
import { readPage } from "./_pages.ts";
import {
  applyChange,
  assertThreadIdle,
  findRunItems,
  findStepsWithCalls,
  runState,
} from "./_runs.ts";
import { searchMessages } from "./search.ts";
import type { NewFile, StoredContainer, StoredFile } from "../file_store.ts";
import type { Job } from "../job_store.ts";
import type { ListQuery, Page, SearchQuery, ThreadAddition } from "../object_store.ts";
import type { Assistant, Kind, Message, Objects, Run } from "../objects.ts";
import type { Lease, RunChange, RunItem, RunState, ThreadStep } from "../run_store.ts";
import type { TenantStore } from "../store.ts";
import { addToThread, recordThreadUse } from "./_threads.ts";

/** Runs each call as one transaction, with the tenant in every statement. */
export class SqliteTenantStore implements TenantStore {
  readonly tenant: string;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #purge: IndexPurge;

  constructor(tenant: string, connection: Connection, clock: Clock, purge: IndexPurge) {
    this.tenant = tenant;
    this.#connection = connection;
    this.#clock = clock;
    this.#purge = purge;
  }

  get<K extends Kind>(kind: K, id: string): Promise<Objects[K] | undefined> {
    return this.#connection.read((db) => findObject(db, this.tenant, kind, id));
  }

  list<K extends Kind>(kind: K, query: ListQuery): Promise<Page<Objects[K]>> {
    return this.#connection.read((db) => readPage(db, this.tenant, kind, query));
  }

  searchMessages(query: SearchQuery): Promise<Page<Message>> {
    return this.#connection.read((db) => searchMessages(db, this.tenant, query));
  }

  insertAssistant(assistant: Assistant, idempotencyKey?: string): Promise<Assistant> {
    const key = idempotencyKey ?? null;
    return this.#connection.write((db) => insertAssistant(db, this.tenant, assistant, key));
  }

  addToThread(
    threadId: string,
    addition: ThreadAddition,
    nowS: number,
    expire: (state: RunState) => RunChange,
  ): Promise<void> {
    return this.#connection.write((db) =>
      addToThread(db, this.tenant, threadId, { addition, nowS, expire })
    );
  }

  update<K extends Kind>(
    kind: K,
    id: string,
    change: (current: Objects[K]) => Objects[K],
  ): Promise<Objects[K] | undefined> {
    return this.#connection.write((db) => {
      const current = findObject(db, this.tenant, kind, id);
      if (!current) return undefined;
      const next = change(current);
      putObjects(db, this.tenant, kind, [next]);
      const threadId = "thread_id" in next ? next.thread_id : kind === "thread" ? id : undefined;
      if (threadId !== undefined) {
        recordThreadUse(db, this.tenant, threadId, unixSeconds(this.#clock));
      }
      return next;
    });
  }

  commitRun(
    runId: string,
    change: (state: RunState) => RunChange | undefined,
  ): Promise<Run | undefined> {
    return this.#connection.write((db) => {
      const run = findObject(db, this.tenant, "run", runId);
      if (!run) return undefined;
      const next = change(runState(db, this.tenant, run));
      if (next) applyChange(db, this.tenant, runId, next);
      return next?.run ?? run;
    });
  }

  stepsWithCalls(threadId: string, from?: string): Promise<ThreadStep[]> {
    return this.#connection.read((db) => findStepsWithCalls(db, this.tenant, threadId, from));
  }

  runItems(runId: string): Promise<RunItem[]> {
    return this.#connection.read((db) => findRunItems(db, this.tenant, runId));
  }

  renewLeases(runIds: readonly string[], lease: Lease): Promise<Map<string, Run["status"]>> {
    return this.#connection.write((db) => renewLeases(db, this.tenant, runIds, lease));
  }

  runsWithExpiredLease(upstream: string, nowMs: number): Promise<Run[]> {
    return this.#connection.read((db) =>
      findRunsWithExpiredLease(db, this.tenant, upstream, nowMs)
    );
  }

  takeOverRun(
    runId: string,
    lease: Lease,
    nowMs: number,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined> {
    return this.#connection.write((db) => {
      if (!acquireExpiredLease(db, this.tenant, runId, lease, nowMs)) return undefined;
      const run = findObject(db, this.tenant, "run", runId);
      if (run === undefined) return undefined;
      const next = change(runState(db, this.tenant, run));
      applyChange(db, this.tenant, runId, next);
      return next.run ?? run;
    });
  }

  async delete(kind: "assistant" | "thread" | "message", id: string): Promise<boolean> {
    const deleted = await this.#connection.write((db) => {
      const message = kind === "message" ? findObject(db, this.tenant, kind, id) : undefined;
      if (message) assertThreadIdle(db, this.tenant, message.thread_id);
      recordDeletedPosition(db, this.tenant, kind, id);
      return deleteObject(db, this.tenant, kind, id);
    });
    if (deleted) await this.#purge.run();
    return deleted;
  }

  putFile(threadId: string | null, file: NewFile): Promise<void> {
    return this.#connection.write((db) => insertFile(db, this.tenant, threadId, file));
  }

  getFile(id: string): Promise<StoredFile | undefined> {
    return this.#connection.read((db) => findFile(db, this.tenant, id));
  }

  getFileContent(id: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#connection.read((db) => findFileContent(db, this.tenant, id));
  }

  setFileUpload(id: string, upload: StoredFile["upload"]): Promise<void> {
    return this.#connection.write((db) => setFileUpload(db, this.tenant, id, upload));
  }

  async deleteFile(id: string): Promise<boolean> {
    const deleted = await this.#connection.write((db) => deleteFile(db, this.tenant, id));
    if (deleted) this.#connection.truncateLog();
    return deleted;
  }

  getContainer(threadId: string, upstream: string): Promise<StoredContainer | undefined> {
    return this.#connection.read((db) => findContainer(db, this.tenant, threadId, upstream));
  }

  setContainer(
    threadId: string,
    upstream: string,
    container: StoredContainer | null,
  ): Promise<void> {
    return this.#connection.write((db) =>
      setContainer(db, this.tenant, threadId, upstream, container)
    );
  }

  putJob(job: Job, nowS: number): Promise<void> {
    return this.#connection.write((db) => putJob(db, this.tenant, job, nowS));
  }

  getJob(id: string, nowS: number): Promise<Job | undefined> {
    return this.#connection.read((db) => findJob(db, this.tenant, id, nowS));
  }
}
