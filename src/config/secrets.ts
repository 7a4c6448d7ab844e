/** Which values of a configuration nobody may read. */

import { type Config, settingEntries } from "./settings.ts";

/** The values of the settings that are secret. */
export function secretsOf(config: Config): string[] {
  const values = settingEntries.filter(([, { secret }]) => secret).map(([name]) => config[name]);
  return values.filter((value) => typeof value === "string");
}
