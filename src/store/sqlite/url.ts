/** Database URLs. */

import { UsageError } from "../../shared/errors.ts";

/**
 * The path in a database URL, or `:memory:`.
 *
 * @throws {UsageError} for any URL but `sqlite:PATH`
 */
export function databasePath(databaseUrl: string): string {
  const path = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : "";
  // "sqlite:///x" is /x to some programs and ./x to others.
  if (path !== "" && !path.startsWith("//")) return path;
  // The rest of the URL may hold a password.
  const scheme = /^[\w+.-]*:(\/\/)?/.exec(databaseUrl)?.[0] ?? "";
  throw new UsageError(
    `Cannot open a database by a URL that begins with "${scheme}": it must be sqlite:PATH, as in sqlite:/var/lib/assistants.db, or sqlite::memory:`,
  );
}
