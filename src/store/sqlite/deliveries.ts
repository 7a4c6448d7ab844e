/**
 * What is to be told of runs elsewhere. A trigger writes it with the change itself, whoever makes
 * that, so that no event is lost and none is told that did not happen.
 */

import type { DatabaseSync } from "node:sqlite";
import type { Connection } from "./connection.ts";
import type { Delivery } from "../delivery_store.ts";

/** The trigger is of this connection alone: other programs on the same file may have nobody to tell. */
const TRIGGER = `CREATE TEMP TRIGGER run_told AFTER UPDATE OF body ON main.runs
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

/** From now on keeps each event of the runs that this connection moves. */
export function keepDeliveries(database: DatabaseSync): void {
  database.prepare(TRIGGER).run();
}

export function areDeliveriesDue(connection: Connection, nowMs: number): boolean {
  const sql = "SELECT 1 FROM deliveries WHERE due_ms <= :nowMs LIMIT 1";
  return connection.one(sql, { nowMs }) !== undefined;
}

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

export function postponeDelivery(
  connection: Connection,
  { tenant, event: { id } }: Delivery,
  dueMs: number,
): void {
  const sql = "UPDATE deliveries SET due_ms = :dueMs WHERE tenant = :tenant AND id = :id";
  connection.run(sql, { tenant, id, dueMs });
}

export function deleteDelivery(connection: Connection, { tenant, event: { id } }: Delivery): void {
  connection.run("DELETE FROM deliveries WHERE tenant = :tenant AND id = :id", { tenant, id });
}
