/** Run events of all tenants that wait for delivery to a webhook. */

import type { Run } from "./objects.ts";

/** A queue of run events, shared by all processes on the database. */
export interface DeliveryStore {
  /**
   * Claims the events that are due at `nowMs`, longest due first. A claimed event is due again at
   * `untilMs`, unless it is deleted or postponed before.
   */
  claimDeliveries(nowMs: number, untilMs: number, limit: number): Promise<Delivery[]>;

  /** Sets the time at which an event is due again, in unix milliseconds. */
  postponeDelivery(delivery: Delivery, dueMs: number): Promise<void>;

  /** Removes an event from the queue. */
  deleteDelivery(delivery: Delivery): Promise<void>;
}

/** A run event to deliver. */
export interface Delivery {
  tenant: string;
  /** How many times the event was claimed. */
  attempts: number;
  event: {
    id: string;
    object: "event";
    /** `run.` and the new status of the run. */
    type: string;
    /** Unix seconds. */
    created_at: number;
    data: Pick<Run, "id" | "thread_id" | "assistant_id" | "status" | "metadata">;
  };
}
