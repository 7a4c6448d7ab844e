/** Run events that wait for delivery to a webhook, of all tenants. */

import type { Delivery } from "./stored.ts";

/** A queue of run events that several processes may empty. */
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
