/** The generated access token of a server that other machines can reach, stored in the data folder. */

import { join } from "node:path";
import { FatalError } from "../../shared/errors.ts";

/** A generated token and its file. */
export interface GeneratedToken {
  token: string;
  path: string;
  /** Whether the token is new. */
  isNew: boolean;
}

/**
 * Reads the token from the data folder, or generates and stores one.
 *
 * @throws {FatalError} if the file can neither be read nor written
 */
export function storeToken(dataDir: string): GeneratedToken {
  const path = join(dataDir, "token");
  const stored = readToken(path);
  if (stored !== undefined) return { token: stored, path, isNew: false };
  const token = crypto.getRandomValues(new Uint8Array(32)).toHex();
  try {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(path, `${token}\n`, { createNew: true, mode: 0o600 });
  } catch (error) {
    throw unusableFile(path, error);
  }
  return { token, path, isNew: true };
}

function readToken(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim() || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw unusableFile(path, error);
  }
}

function unusableFile(path: string, cause: unknown): FatalError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FatalError(
    `Cannot store the access token in "${path}": ${reason}. Set MCP_AUTH_TOKEN yourself.`,
    { cause },
  );
}
