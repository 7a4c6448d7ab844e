/**
 * The queue of run events for webhooks.
 *
 * A trigger adds an event in the transaction that changes the run, so that no event is lost and none
 * is sent for a change that was rolled back.
 */

import type { DatabaseSync } from "node:sqlite";
import type { Connection } from "./connection.ts";
import type { Delivery } from "../delivery_store.ts";

/** Temporary, for this connection only: other programs on the same file may have no webhook. */
const TRIGGER = `CREATE TEMP TRIGGER run_event AFTER UPDATE OF body ON main.runs
  WHEN OLD.status <> NEW.status AND NEW.status IN
    ('requires_action', 'completed', 'failed', 'incomplete', 'cancelled', 'expired')
  BEGIN
    INSERT INTO deliveries (tenant, thread_id, id, body, due_ms)
    VALUES (NEW.tenant, NEW.thread_id, 'evt_' || lower(hex(randomblob(12))),
      json_object(
        'type', 'run.' || NEW.status,
        'created_at', unixepoch(),
        'data', json_object(
          'id', NEW.id,
          'thread_id', NEW.thread_id,
          'assistant_id', NEW.body ->> '$.assistant_id',
          'status', NEW.status,
          'metadata', json(NEW.body -> '$.metadata'))),
      0);
  END`;

/** Queues an event for each change of a run's status that this connection makes from now on. */
export function queueRunEvents(database: DatabaseSync): void {
  database.prepare(TRIGGER).run();
}

/** Returns whether an event is due. */
export function areDeliveriesDue(connection: Connection, nowMs: number): boolean {
  const sql = "SELECT 1 FROM deliveries WHERE due_ms <= :nowMs LIMIT 1";
  return connection.one(sql, { nowMs }) !== undefined;
}

/** Claims due events, longest due first, until `untilMs`. */
export function claimDeliveries(
  connection: Connection,
  nowMs: number,
  untilMs: number,
  limit: number,
): Delivery[] {
  const rows = connection.all(
    `UPDATE deliveries SET due_ms = :untilMs, attempts = attempts + 1
      WHERE seq IN (SELECT seq FROM deliveries WHERE due_ms <= :nowMs ORDER BY due_ms LIMIT :limit)
      RETURNING tenant, id, body, attempts`,
    { nowMs, untilMs, limit },
  );
  return rows.map(({ tenant, id, body, attempts }) => ({
    tenant: String(tenant),
    attempts: Number(attempts),
    event: { id: String(id), object: "event", ...JSON.parse(String(body)) },
  }));
}

/** Sets the time at which an event is due again. */
export function postponeDelivery(
  connection: Connection,
  { tenant, event: { id } }: Delivery,
  dueMs: number,
): void {
  const sql = "UPDATE deliveries SET due_ms = :dueMs WHERE tenant = :tenant AND id = :id";
  connection.run(sql, { tenant, id, dueMs });
}

/** Removes an event from the queue. */
export function deleteDelivery(connection: Connection, { tenant, event: { id } }: Delivery): void {
  connection.run("DELETE FROM deliveries WHERE tenant = :tenant AND id = :id", { tenant, id });
}
