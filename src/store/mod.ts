/** The door of the store: what it can do, and how one is opened. */

import type { Clock } from "../shared/clock.ts";
import { keepDeliveries } from "./sqlite/deliveries.ts";
import { openDatabase } from "./sqlite/open.ts";
import { databasePath } from "./sqlite/url.ts";
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

export interface StoreOptions {
  /** Whether what becomes of runs is kept to be delivered elsewhere. */
  runEvents?: boolean;
  /** Says when something was used; the machine's own unless told. */
  clock?: Clock;
}

/**
 * Opens the store that a database URL names: `sqlite:PATH`, or `sqlite::memory:` for one that ends
 * with the process.
 *
 * @throws {UsageError} for any other URL
 * @throws {FatalError} when the database cannot be opened, or is of a newer version
 */
export function openStore(
  databaseUrl: string,
  { runEvents = false, clock }: StoreOptions = {},
): Store {
  const path = databasePath(databaseUrl);
  const database = openDatabase(path);
  if (runEvents) keepDeliveries(database);
  return new SqliteStore(database, path, clock);
}
