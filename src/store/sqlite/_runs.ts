/** Runs with what belongs to them: how one is now, and moving it on. */

import type { Connection } from "./connection.ts";
import { ACTIVE, leaseOf, setLease } from "./leases.ts";
import { parseBody, putObjects, TABLES } from "./objects.ts";
import { ACTIVE_STATUSES, type Objects, type Run } from "../objects.ts";
import type { RunChange, RunItem, RunState, ThreadStep } from "../run_store.ts";
import { ThreadBusyError } from "../errors.ts";

export function stateOf(connection: Connection, tenant: string, run: Run): RunState {
  return {
    run,
    messages: inProgress(connection, tenant, "message", run.id),
    steps: inProgress(connection, tenant, "step", run.id),
    lease: leaseOf(connection, tenant, run.id),
  };
}

/** @param runId the run that items and lease are of, where there is one */
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

export function itemsOf(connection: Connection, tenant: string, runId: string): RunItem[] {
  const sql = "SELECT body FROM run_items WHERE tenant = :tenant AND run_id = :runId ORDER BY seq";
  return connection.all(sql, { tenant, runId }).map(({ body }) => JSON.parse(String(body)));
}

export function stepsWithCalls(
  connection: Connection,
  tenant: string,
  threadId: string,
  from?: string,
): ThreadStep[] {
  const ofThread = "WHERE tenant = :tenant AND thread_id = :threadId";
  const start = connection.one(
    `SELECT created_at, seq FROM messages ${ofThread} AND id = :from`,
    { tenant, threadId, from: from ?? null },
  ) ?? { created_at: 0, seq: 0 };
  const steps = connection.all(
    `SELECT body, messages_before FROM steps
      ${ofThread} AND type = 'tool_calls' AND messages_before >= :seq
      ORDER BY created_at, seq`,
    { tenant, threadId, seq: start.seq ?? 0 },
  );
  if (steps.length === 0) return [];
  const messages = connection.all(
    `SELECT id, seq FROM messages ${ofThread} AND (created_at, seq) >= (:created_at, :seq)
      ORDER BY seq`,
    { tenant, threadId, ...start },
  );
  return steps.map((row) => {
    const before = messages.findLast(({ seq }) => Number(seq) <= Number(row.messages_before));
    return { step: parseBody<"step">(row), after: before && String(before.id) };
  });
}

export function activeRun(connection: Connection, tenant: string, threadId: string) {
  const sql = `SELECT body FROM runs
    WHERE tenant = :tenant AND thread_id = :threadId AND ${ACTIVE}`;
  const row = connection.one(sql, { tenant, threadId });
  return row && parseBody<"run">(row);
}

/** @throws {ThreadBusyError} while a run is active on the thread */
export function assertNotBusy(connection: Connection, tenant: string, threadId: string): void {
  const active = activeRun(connection, tenant, threadId);
  if (active) throw new ThreadBusyError(threadId, active.id);
}

function inProgress<K extends "message" | "step">(
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
