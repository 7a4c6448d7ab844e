/** Run state, run items, and the steps of runs that called tools. */

import type { Connection } from "./connection.ts";
import { findLease, IS_ACTIVE, setLease } from "./leases.ts";
import { parseBody, putObjects, TABLES } from "./objects.ts";
import { ThreadBusyError } from "../errors.ts";
import { ACTIVE_STATUSES, type Objects, type Run } from "../objects.ts";
import type { RunChange, RunItem, RunState, ThreadStep } from "../run_store.ts";

/** Returns a run with its messages and steps in progress, and its lease. */
export function runState(connection: Connection, tenant: string, run: Run): RunState {
  return {
    run,
    messages: findInProgress(connection, tenant, "message", run.id),
    steps: findInProgress(connection, tenant, "step", run.id),
    lease: findLease(connection, tenant, run.id),
  };
}

/**
 * Writes a change. A run that ends loses its items and its lease.
 *
 * @param runId the run of the items and the lease, if there is one
 */
export function applyChange(
  connection: Connection,
  tenant: string,
  runId: string | undefined,
  change: RunChange,
): void {
  const { run, messages = [], steps = [], items = [], lease } = change;
  putObjects(connection, tenant, "message", messages);
  if (run) putObjects(connection, tenant, "run", [run]);
  putObjects(connection, tenant, "step", steps);
  if (runId === undefined) return;
  for (const item of items) {
    connection.run(
      "INSERT INTO run_items (tenant, run_id, body) VALUES (:tenant, :runId, :body)",
      { tenant, runId, body: JSON.stringify(item) },
    );
  }
  const ended = run !== undefined && !ACTIVE_STATUSES.some((status) => status === run.status);
  if (lease !== undefined || ended) {
    setLease(connection, tenant, runId, ended ? null : lease ?? null);
  }
  if (ended) {
    const sql = "DELETE FROM run_items WHERE tenant = :tenant AND run_id = :runId";
    connection.run(sql, { tenant, runId });
  }
}

/** Returns the items of a run, in the order in which they were added. */
export function findRunItems(connection: Connection, tenant: string, runId: string): RunItem[] {
  const sql = "SELECT body FROM run_items WHERE tenant = :tenant AND run_id = :runId ORDER BY seq";
  return connection.all(sql, { tenant, runId }).map(({ body }) => JSON.parse(String(body)));
}

/**
 * Returns the steps of a thread that called tools, oldest first.
 *
 * @param from id of a message; steps that started before it are left out
 * @default from all such steps
 */
export function findStepsWithCalls(
  connection: Connection,
  tenant: string,
  threadId: string,
  from?: string,
): ThreadStep[] {
  const inThread = "WHERE tenant = :tenant AND thread_id = :threadId";
  const start = connection.one(
    `SELECT created_at, seq FROM messages ${inThread} AND id = :from`,
    { tenant, threadId, from: from ?? null },
  ) ?? { created_at: 0, seq: 0 };
  const steps = connection.all(
    `SELECT body, messages_before FROM steps
      ${inThread} AND type = 'tool_calls' AND messages_before >= :seq
      ORDER BY created_at, seq`,
    { tenant, threadId, seq: start.seq ?? 0 },
  );
  if (steps.length === 0) return [];
  const messages = connection.all(
    `SELECT id, seq FROM messages ${inThread} AND (created_at, seq) >= (:created_at, :seq)
      ORDER BY seq`,
    { tenant, threadId, ...start },
  );
  return steps.map((row) => {
    const before = messages.findLast(({ seq }) => Number(seq) <= Number(row.messages_before));
    return { step: parseBody<"step">(row), after: before && String(before.id) };
  });
}

/** Returns the active run of a thread, or undefined if there is none. */
export function findActiveRun(
  connection: Connection,
  tenant: string,
  threadId: string,
): Run | undefined {
  const sql = `SELECT body FROM runs
    WHERE tenant = :tenant AND thread_id = :threadId AND ${IS_ACTIVE}`;
  const row = connection.one(sql, { tenant, threadId });
  return row && parseBody<"run">(row);
}

/** @throws {ThreadBusyError} if a run is active on the thread */
export function assertThreadIdle(connection: Connection, tenant: string, threadId: string): void {
  const active = findActiveRun(connection, tenant, threadId);
  if (active) throw new ThreadBusyError(threadId, active.id);
}

function findInProgress<K extends "message" | "step">(
  connection: Connection,
  tenant: string,
  kind: K,
  runId: string,
): Objects[K][] {
  const sql = `SELECT body FROM ${TABLES[kind]}
    WHERE tenant = :tenant AND run_id = :runId AND status = 'in_progress'
    ORDER BY created_at, seq`;
  return connection.all(sql, { tenant, runId }).map(parseBody<K>);
}
