/** The door of the store: what it can do, and how one is opened. */

import { UsageError } from "../errors.ts";
import { openDatabase } from "./_open.ts";
import { SqliteStore } from "./sqlite.ts";
import type { Store } from "./store.ts";

export * from "./store.ts";

/**
 * Opens the store that a database URL names: `sqlite:PATH`, or `sqlite::memory:` for one that ends
 * with the process.
 *
 * @throws {UsageError} for any other URL
 * @throws {FatalError} when the database cannot be opened, or is of a newer version
 */
export function openStore(databaseUrl: string): Store {
  const path = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : "";
  // "sqlite:///x" is /x to some programs and ./x to others.
  if (path === "" || path.startsWith("//")) {
    // The rest of the URL may hold a password.
    const scheme = /^[\w+.-]*:(\/\/)?/.exec(databaseUrl)?.[0] ?? "";
    throw new UsageError(
      `Cannot open a database by a URL that begins with "${scheme}": it must be sqlite:PATH, as in sqlite:/var/lib/assistants.db, or sqlite::memory:`,
    );
  }
  return new SqliteStore(openDatabase(path), path);
}
