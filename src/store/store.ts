/**
 * The storage interfaces that every database implements.
 *
 * Objects are reached only through the store of their tenant. Each call is one transaction, which is
 * atomic and isolated from other processes on the same database. If the database cannot be read or
 * written, for example because the disk is full, a call rejects with an `ApiError` of status 500.
 */

import type { DeliveryStore } from "./delivery_store.ts";
import type { FileStore } from "./file_store.ts";
import type { JobStore } from "./job_store.ts";
import type { ObjectStore } from "./object_store.ts";
import type { RunStore } from "./run_store.ts";

/** A database. */
export interface Store extends DeliveryStore, MaintenanceStore {
  /** Returns the store of one tenant. It is cheap to create, and is not closed on its own. */
  forTenant(tenant: string): TenantStore;

  /** Closes the database. */
  close(): Promise<void>;
}

/** The part of the database that belongs to one tenant. No call reaches objects of another tenant. */
export interface TenantStore extends ObjectStore, RunStore, FileStore, JobStore {
  readonly tenant: string;
}

/** Maintenance of the whole database. */
export interface MaintenanceStore {
  /**
   * Deletes the least recently used thread, of any tenant, and everything that belongs to it.
   * Returns false if no thread was last used before `usedBeforeS`. Adding to a thread, or changing it
   * or an object in it, uses the thread. A thread with an active run that has not expired is not
   * deleted.
   *
   * @param usedBeforeS unix seconds; a use may be recorded up to an hour too early
   * @param nowS unix seconds
   */
  deleteUnusedThread(usedBeforeS: number, nowS: number): Promise<boolean>;
}
