/** The warning that data is kept where it is gone with its container. */

import { dirname } from "node:path";

/**
 * A line for the person where the data folder is that of an image, as `/data/…` is, and nothing is
 * mounted there: it is then on the device of the program itself.
 *
 * @param program a folder of the image; none where the program came from elsewhere
 */
export function ephemeralDataWarning(
  dataDir: string | undefined,
  program: string | undefined,
): string | undefined {
  const volume = dataDir === undefined ? "" : dirname(dataDir);
  if (program === undefined || !/^\/[^/]+$/.test(volume)) return undefined;
  if (deviceOf(volume) !== deviceOf(program) || deviceOf(volume) === undefined) return undefined;
  return `nothing is mounted at ${volume}: what is kept there is gone with the container; ` +
    `run it with a volume, as in -v assistants:${volume}`;
}

function deviceOf(folder: string): number | undefined {
  try {
    return Deno.statSync(folder).dev;
  } catch {
    return undefined;
  }
}
