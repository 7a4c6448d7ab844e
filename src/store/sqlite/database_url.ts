/** Database URLs. */

import { UsageError } from "../../shared/errors.ts";

/**
 * Returns the path in a database URL, or `:memory:`.
 *
 * @throws {UsageError} for any URL other than `sqlite:PATH`
 */
export function databasePath(databaseUrl: string): string {
  const path = databaseUrl.startsWith("sqlite:") ? databaseUrl.slice("sqlite:".length) : "";
  // "sqlite:///x" is /x to some programs and ./x to others.
  if (path !== "" && !path.startsWith("//")) return path;
  // The rest of the URL may contain a password.
  const scheme = /^[\w+.-]*:(\/\/)?/.exec(databaseUrl)?.[0] ?? "";
  throw new UsageError(
    `Cannot open a database URL that starts with "${scheme}": expected sqlite:PATH, such as sqlite:/var/lib/assistants.db, or sqlite::memory:`,
  );
}
