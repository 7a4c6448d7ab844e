/** The warning for a container whose data is lost with it. */

import { dirname } from "node:path";

/**
 * Returns a warning if the data folder is in a top-level folder such as `/data`, as in the image,
 * and nothing is mounted there: the folder is then on the same device as the program.
 *
 * @param program a folder of the image; undefined for a program that was not loaded from a file
 */
export function ephemeralDataWarning(
  dataDir: string | undefined,
  program: string | undefined,
): string | undefined {
  const volume = dataDir === undefined ? "" : dirname(dataDir);
  if (program === undefined || !/^\/[^/]+$/.test(volume)) return undefined;
  if (deviceOf(volume) !== deviceOf(program) || deviceOf(volume) === undefined) return undefined;
  return `nothing is mounted at ${volume}: the data is lost when the container is removed; ` +
    `mount a volume, for example with -v assistants:${volume}`;
}

function deviceOf(folder: string): number | undefined {
  try {
    return Deno.statSync(folder).dev;
  } catch {
    return undefined;
  }
}
