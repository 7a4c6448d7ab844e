/**
 * Storage of the Assistants API's objects, as every database behind the engine provides it.
 *
 * Objects are reached only through the store of their tenant. Each call is one transaction: it takes
 * effect as a whole or not at all, also against other processes on the same database. If the
 * database cannot be read or written, as on a full disk, a call rejects with an `ApiError` of status
 * 500.
 */

import type { DeliveryStore } from "./delivery_store.ts";
import type { FileStore } from "./file_store.ts";
import type { JobStore } from "./job_store.ts";
import type { ObjectStore } from "./object_store.ts";
import type { RunStore } from "./run_store.ts";

/** One database. */
export interface Store extends DeliveryStore, MaintenanceStore {
  /** Returns the store of one tenant. It is cheap, and needs no closing. */
  forTenant(tenant: string): TenantStore;

  /** Closes the database. */
  close(): Promise<void>;
}

/** What one tenant has in the database; no call reaches objects of another tenant. */
export interface TenantStore extends ObjectStore, RunStore, FileStore, JobStore {
  readonly tenant: string;
}

/** Maintenance of the whole database. */
export interface MaintenanceStore {
  /**
   * Deletes the thread that was unused for longest, of any tenant, and all that belongs to it.
   * Returns false if no thread was last used before `usedBeforeS`. A thread is used when something
   * is added to it or changed in it. A thread is kept while a run is active on it that has not
   * outlived its time.
   *
   * @param usedBeforeS unix seconds; a use may be recorded up to an hour too early
   * @param nowS unix seconds
   */
  deleteUnusedThread(usedBeforeS: number, nowS: number): Promise<boolean>;
}
