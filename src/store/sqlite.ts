/** The store on SQLite: each call is one synchronous transaction. */

import type { DatabaseSync } from "node:sqlite";
import { Connection, type Row } from "./_connection.ts";
import { isBackwards, listValues, pageSql, placeSql } from "./_pages.ts";
import {
  ACTIVE_STATUSES,
  type Assistant,
  type Entry,
  GoneError,
  type Job,
  type Kind,
  type Lease,
  type ListQuery,
  type Objects,
  type Page,
  type PlacedStep,
  type Run,
  type RunChange,
  type RunItem,
  type RunState,
  type Store,
  ThreadBusyError,
  UnknownCursorError,
} from "./store.ts";

const TABLES = {
  assistant: "assistants",
  thread: "threads",
  message: "messages",
  run: "runs",
  step: "steps",
} satisfies Record<Kind, string>;

/** What a new row takes from its object, beside `id` and `created_at`. */
const PARENTS = {
  assistant: [],
  thread: [],
  message: ["thread_id", "run_id"],
  run: ["thread_id"],
  step: ["thread_id", "run_id"],
} satisfies Record<Kind, string[]>;

const ACTIVE = `status IN (${ACTIVE_STATUSES.map((status) => `'${status}'`).join(", ")})`;

export class SqliteStore implements Store {
  readonly #connection: Connection;

  /**
   * @param database in the schema of this program; the store closes it
   * @param path what messages call it
   */
  constructor(database: DatabaseSync, path: string) {
    this.#connection = new Connection(database, path);
  }

  get<K extends Kind>(tenant: string, kind: K, id: string): Promise<Objects[K] | undefined> {
    return this.#connection.read(() => this.#find(tenant, kind, id));
  }

  list<K extends Kind>(tenant: string, kind: K, query: ListQuery): Promise<Page<Objects[K]>> {
    return this.#connection.read(() => {
      const table = TABLES[kind];
      const list = listValues(tenant, query);
      const places = (["after", "before"] as const).map((cursor) => {
        const id = query[cursor];
        if (id === undefined) return {};
        const place = this.#connection.one(placeSql(table, query, cursor), { ...list, id });
        if (!place) throw new UnknownCursorError(cursor, id);
        return place;
      });
      // One row more than asked for tells whether there are more.
      const values = Object.assign({ limit: query.limit + 1 }, list, ...places);
      const rows = this.#connection.all(pageSql(table, query), values);
      const data = rows.slice(0, query.limit).map(parseBody<K>);
      if (isBackwards(query)) data.reverse();
      return { data, has_more: rows.length > query.limit };
    });
  }

  insertAssistant(
    tenant: string,
    assistant: Assistant,
    idempotencyKey?: string,
  ): Promise<Assistant> {
    return this.#connection.write(() => {
      const key = idempotencyKey ?? null;
      const earlier = this.#connection.one(
        "SELECT body FROM assistants WHERE tenant = :tenant AND idempotency_key = :key",
        { tenant, key },
      );
      if (earlier) return parseBody<"assistant">(earlier);
      this.#put(tenant, "assistant", [assistant]);
      this.#connection.run(
        "UPDATE assistants SET idempotency_key = :key WHERE tenant = :tenant AND id = :id",
        { tenant, id: assistant.id, key },
      );
      return assistant;
    });
  }

  enter(
    tenant: string,
    threadId: string,
    entry: Entry,
    now: number,
    expire: (state: RunState) => RunChange,
  ): Promise<void> {
    return this.#connection.write(() => {
      if (entry.thread) this.#put(tenant, "thread", [entry.thread]);
      else if (!this.#find(tenant, "thread", threadId)) throw new GoneError("thread", threadId);

      const active = this.#activeRun(tenant, threadId);
      if (active && active.expires_at !== null && active.expires_at <= now) {
        this.#apply(tenant, active.id, expire(this.#state(tenant, active)));
      }
      this.#refuseBusy(tenant, threadId);
      this.#apply(tenant, entry.run?.id, entry);
    });
  }

  update<K extends Kind>(
    tenant: string,
    kind: K,
    id: string,
    change: (current: Objects[K]) => Objects[K],
  ): Promise<Objects[K] | undefined> {
    return this.#connection.write(() => {
      const current = this.#find(tenant, kind, id);
      if (!current) return undefined;
      const next = change(current);
      this.#put(tenant, kind, [next]);
      return next;
    });
  }

  commit(
    tenant: string,
    runId: string,
    change: (state: RunState) => RunChange | undefined,
  ): Promise<Run | undefined> {
    return this.#connection.write(() => {
      const run = this.#find(tenant, "run", runId);
      if (!run) return undefined;
      const next = change(this.#state(tenant, run));
      if (next) this.#apply(tenant, runId, next);
      return next?.run ?? run;
    });
  }

  stepsWithCalls(tenant: string, threadId: string): Promise<PlacedStep[]> {
    const ofThread = "WHERE tenant = :tenant AND thread_id = :threadId";
    return this.#connection.read(() => {
      const steps = this.#connection.all(
        `SELECT body, messages_before FROM steps ${ofThread} AND type = 'tool_calls'
          ORDER BY created_at, seq`,
        { tenant, threadId },
      );
      if (steps.length === 0) return [];
      const messages = this.#connection.all(
        `SELECT id, seq FROM messages ${ofThread} ORDER BY seq`,
        { tenant, threadId },
      );
      return steps.map((row) => {
        const before = messages.findLast(({ seq }) => Number(seq) <= Number(row.messages_before));
        return { step: parseBody<"step">(row), after: before && String(before.id) };
      });
    });
  }

  items(tenant: string, runId: string): Promise<RunItem[]> {
    const sql =
      "SELECT body FROM run_items WHERE tenant = :tenant AND run_id = :runId ORDER BY seq";
    return this.#connection.read(() =>
      this.#connection.all(sql, { tenant, runId }).map(({ body }) => JSON.parse(String(body)))
    );
  }

  renew(tenant: string, runId: string, { owner, until }: Lease): Promise<Run | undefined> {
    return this.#connection.write(() => {
      const kept = this.#connection.run(
        `UPDATE runs SET lease_until = :until
          WHERE tenant = :tenant AND id = :runId AND owner = :owner AND ${ACTIVE}`,
        { tenant, runId, owner, until },
      );
      return kept > 0 ? this.#find(tenant, "run", runId) : undefined;
    });
  }

  lapsed(tenant: string, upstream: string, nowMs: number): Promise<Run[]> {
    const sql = `SELECT body FROM runs
      WHERE tenant = :tenant AND upstream = :upstream AND lease_until <= :nowMs AND ${ACTIVE}`;
    return this.#connection.read(() =>
      this.#connection.all(sql, { tenant, upstream, nowMs }).map(parseBody<"run">)
    );
  }

  takeOver(
    tenant: string,
    runId: string,
    { owner, until, upstream }: Lease,
    nowMs: number,
    change: (state: RunState) => RunChange,
  ): Promise<Run | undefined> {
    return this.#connection.write(() => {
      const taken = this.#connection.run(
        `UPDATE runs SET owner = :owner, lease_until = :until, attempt = attempt + 1
          WHERE tenant = :tenant AND id = :runId AND upstream = :upstream
            AND lease_until <= :nowMs AND ${ACTIVE}`,
        { tenant, runId, owner, until, upstream, nowMs },
      );
      const run = taken > 0 ? this.#find(tenant, "run", runId) : undefined;
      if (run === undefined) return undefined;
      const next = change(this.#state(tenant, run));
      this.#apply(tenant, runId, next);
      return next.run ?? run;
    });
  }

  async delete(
    tenant: string,
    kind: "assistant" | "thread" | "message",
    id: string,
  ): Promise<boolean> {
    const deleted = await this.#connection.write(() => {
      const message = kind === "message" ? this.#find(tenant, kind, id) : undefined;
      if (message) this.#refuseBusy(tenant, message.thread_id);
      const sql = `DELETE FROM ${TABLES[kind]} WHERE tenant = :tenant AND id = :id`;
      return this.#connection.run(sql, { tenant, id }) > 0;
    });
    if (deleted) this.#connection.emptyLog();
    return deleted;
  }

  putJob(tenant: string, job: Job, now: number): Promise<void> {
    return this.#connection.write(() => {
      const expired = "DELETE FROM jobs WHERE tenant = :tenant AND expires_at <= :now";
      this.#connection.run(expired, { tenant, now });
      this.#connection.run(
        `INSERT INTO jobs (tenant, id, body) VALUES (:tenant, :id, :body)
          ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body
            WHERE status = 'in_progress'`,
        { tenant, id: job.id, body: JSON.stringify(job) },
      );
    });
  }

  getJob(tenant: string, id: string, now: number): Promise<Job | undefined> {
    const sql = "SELECT body FROM jobs WHERE tenant = :tenant AND id = :id AND expires_at > :now";
    return this.#connection.read(() => {
      const row = this.#connection.one(sql, { tenant, id, now });
      return row && JSON.parse(String(row.body));
    });
  }

  close(): Promise<void> {
    return Promise.try(() => this.#connection.close());
  }

  #find<K extends Kind>(tenant: string, kind: K, id: string): Objects[K] | undefined {
    const sql = `SELECT body FROM ${TABLES[kind]} WHERE tenant = :tenant AND id = :id`;
    const row = this.#connection.one(sql, { tenant, id });
    return row && parseBody<K>(row);
  }

  /** Inserts objects, or replaces those that are there. */
  #put<K extends Kind>(tenant: string, kind: K, objects: readonly Objects[K][]): void {
    const columns = ["id", "created_at", ...PARENTS[kind]];
    const values = columns.map((name) => `:body ->> '$.${name}'`);
    if (kind === "step") {
      columns.push("messages_before");
      // Of the whole table, where it costs nothing: numbers only ever grow.
      values.push("(SELECT coalesce(max(seq), 0) FROM messages)");
    }
    const sql = `INSERT INTO ${TABLES[kind]} (tenant, body, ${columns.join(", ")})
      VALUES (:tenant, :body, ${values.join(", ")})
      ON CONFLICT (tenant, id) DO UPDATE SET body = excluded.body`;
    for (const object of objects) {
      this.#connection.run(sql, { tenant, body: JSON.stringify(object) });
    }
  }

  #apply(tenant: string, runId: string | undefined, change: RunChange): void {
    const { run, messages = [], steps = [], items = [], lease } = change;
    this.#put(tenant, "message", messages);
    if (run) this.#put(tenant, "run", [run]);
    this.#put(tenant, "step", steps);
    if (runId === undefined) return;
    for (const item of items) {
      this.#connection.run(
        "INSERT INTO run_items (tenant, run_id, body) VALUES (:tenant, :runId, :body)",
        { tenant, runId, body: JSON.stringify(item) },
      );
    }
    const ended = run !== undefined && !ACTIVE_STATUSES.some((status) => status === run.status);
    if (lease !== undefined || ended) this.#setLease(tenant, runId, ended ? null : lease ?? null);
    if (ended) {
      const sql = "DELETE FROM run_items WHERE tenant = :tenant AND run_id = :runId";
      this.#connection.run(sql, { tenant, runId });
    }
  }

  #setLease(tenant: string, runId: string, lease: RunChange["lease"] | null): void {
    const { owner, until, upstream } = lease ?? { owner: null, until: null, upstream: null };
    this.#connection.run(
      `UPDATE runs
        SET owner = :owner, lease_until = :until, upstream = :upstream, attempt = :attempt
        WHERE tenant = :tenant AND id = :runId`,
      { tenant, runId, owner, until, upstream, attempt: lease?.attempt ?? 1 },
    );
  }

  #state(tenant: string, run: Run): RunState {
    return {
      run,
      messages: this.#inProgress(tenant, "message", run.id),
      steps: this.#inProgress(tenant, "step", run.id),
      lease: this.#lease(tenant, run.id),
    };
  }

  #lease(tenant: string, id: string): RunState["lease"] {
    const row = this.#connection.one(
      `SELECT owner, lease_until, upstream, attempt FROM runs
        WHERE tenant = :tenant AND id = :id AND owner IS NOT NULL`,
      { tenant, id },
    );
    return row
      ? {
        owner: String(row.owner),
        until: Number(row.lease_until),
        upstream: String(row.upstream),
        attempt: Number(row.attempt),
      }
      : null;
  }

  #inProgress<K extends "message" | "step">(tenant: string, kind: K, runId: string): Objects[K][] {
    const sql = `SELECT body FROM ${TABLES[kind]}
      WHERE tenant = :tenant AND run_id = :runId AND status = 'in_progress'
      ORDER BY created_at, seq`;
    return this.#connection.all(sql, { tenant, runId }).map(parseBody<K>);
  }

  #activeRun(tenant: string, threadId: string): Run | undefined {
    const sql = `SELECT body FROM runs
      WHERE tenant = :tenant AND thread_id = :threadId AND ${ACTIVE}`;
    const row = this.#connection.one(sql, { tenant, threadId });
    return row && parseBody<"run">(row);
  }

  #refuseBusy(tenant: string, threadId: string): void {
    const active = this.#activeRun(tenant, threadId);
    if (active) throw new ThreadBusyError(threadId, active.id);
  }
}

function parseBody<K extends Kind>(row: Row): Objects[K] {
  return JSON.parse(String(row.body));
}
