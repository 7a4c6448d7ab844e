/** The environment variables that this program reads. */

import { SETTINGS } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The names of all variables that the program reads, sorted. */
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

/** Reads the variables of {@linkcode ENVIRONMENT_NAMES}; a variable without permission is unset. */
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
