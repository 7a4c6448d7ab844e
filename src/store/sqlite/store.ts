/** The store, on SQLite. */

import type { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { Connection } from "./connection.ts";
import {
  areDeliveriesDue,
  claimDeliveries,
  deleteDelivery,
  postponeDelivery,
} from "./deliveries.ts";
import { IndexPurge } from "./_index_purge.ts";
import { SqliteTenantStore } from "./_tenant_store.ts";
import { deleteUnusedThread } from "./_threads.ts";
import type { Delivery } from "../delivery_store.ts";
import type { Store, TenantStore } from "../store.ts";

/** Runs each call as one synchronous transaction of a single connection. */
export class SqliteStore implements Store {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #purge: IndexPurge;

  /**
   * @param database in the schema of this program; `close()` closes it
   * @param path the name of the database in error messages
   */
  constructor(database: DatabaseSync, path: string, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#connection = new Connection(database, path);
    this.#purge = new IndexPurge(this.#connection, clock);
    this.#purge.resume();
  }

  forTenant(tenant: string): TenantStore {
    return new SqliteTenantStore(tenant, this.#connection, this.#clock, this.#purge);
  }

  async deleteUnusedThread(usedBeforeS: number, nowS: number): Promise<boolean> {
    const deleted = await this.#connection.write((db) => deleteUnusedThread(db, usedBeforeS, nowS));
    if (deleted) await this.#purge.run();
    return deleted;
  }

  async claimDeliveries(nowMs: number, untilMs: number, limit: number): Promise<Delivery[]> {
    // Most polls find nothing; they must not take the write lock.
    if (!await this.#connection.read((db) => areDeliveriesDue(db, nowMs))) return [];
    return await this.#connection.write((db) => claimDeliveries(db, nowMs, untilMs, limit));
  }

  postponeDelivery(delivery: Delivery, dueMs: number): Promise<void> {
    return this.#connection.write((db) => postponeDelivery(db, delivery, dueMs));
  }

  deleteDelivery(delivery: Delivery): Promise<void> {
    return this.#connection.write((db) => deleteDelivery(db, delivery));
  }

  close(): Promise<void> {
    this.#purge.stop();
    return Promise.try(() => this.#connection.close());
  }
}
