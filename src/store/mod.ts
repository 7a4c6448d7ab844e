/** The store: its interfaces, and how to open one. */

import type { Clock } from "../shared/clock.ts";
import { databasePath } from "./sqlite/database_url.ts";
import { queueRunEvents } from "./sqlite/deliveries.ts";
import { openDatabase } from "./sqlite/open.ts";
import { SqliteStore } from "./sqlite/store.ts";
import type { Store } from "./store.ts";

export * from "./errors.ts";
export * from "./objects.ts";
export type * from "./delivery_store.ts";
export type * from "./file_store.ts";
export type * from "./job_store.ts";
export type * from "./object_store.ts";
export type * from "./run_store.ts";
export type * from "./store.ts";

/** Options of `openStore()`. */
export interface StoreOptions {
  /**
   * Whether to queue an event for each run that ends or requires action.
   *
   * @default false
   */
  runEvents?: boolean;
  /** @default the system clock */
  clock?: Clock;
}

/**
 * Opens the store at a database URL: `sqlite:PATH`, or `sqlite::memory:` for a store that exists
 * until it is closed.
 *
 * @throws {UsageError} for any other URL
 * @throws {FatalError} if the database cannot be opened, or has a newer schema version
 */
export function openStore(
  databaseUrl: string,
  { runEvents = false, clock }: StoreOptions = {},
): Store {
  const path = databasePath(databaseUrl);
  const database = openDatabase(path);
  if (runEvents) queueRunEvents(database);
  return new SqliteStore(database, path, clock);
}
