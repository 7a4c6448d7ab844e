/** The environment variables that this program reads: these by name, and no others. */

import { SETTINGS } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What `--allow-env` has to name. */
export const ENVIRONMENT_NAMES: readonly string[] = [
  ...Object.keys(SETTINGS),
  "APPDATA",
  "CODEX_HOME",
  "HOME",
  "LOCALAPPDATA",
  "OTEL_DENO",
  "USERPROFILE",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
].toSorted();

/** A variable that may not be read counts as unset. */
export function readEnvironment(): Environment {
  return Object.fromEntries(ENVIRONMENT_NAMES.map((name) => [name, read(name)]));
}

function read(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
