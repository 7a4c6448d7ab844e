/** The token of a server that others can reach and for which nobody has set one: made once, kept in the data folder. */

import { join } from "node:path";
import { FatalError } from "../../shared/errors.ts";

export interface GeneratedToken {
  token: string;
  path: string;
  /** Whether it was made now. */
  made: boolean;
}

/** @throws {FatalError} when the file can neither be read nor written */
export function storeToken(dataDir: string): GeneratedToken {
  const path = join(dataDir, "token");
  const kept = readToken(path);
  if (kept !== undefined) return { token: kept, path, made: false };
  const token = crypto.getRandomValues(new Uint8Array(32)).toHex();
  try {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(path, `${token}\n`, { createNew: true, mode: 0o600 });
  } catch (error) {
    throw unusable(path, error);
  }
  return { token, path, made: true };
}

function readToken(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim() || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): FatalError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FatalError(
    `Cannot keep the access token in "${path}": ${reason}. Set MCP_AUTH_TOKEN yourself.`,
    { cause },
  );
}
