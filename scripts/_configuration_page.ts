/** The generated parts of docs/configuration.md: the tables of settings and commands. */

import { commandEntries } from "../src/config/commands.ts";
import { settingsTable } from "../src/config/mod.ts";
import { settingEntries } from "../src/config/settings.ts";
import { code, table } from "./_markdown.ts";

/** Returns a heading and a table per group of settings, without a final newline. */
export function settingsSections(): string {
  const groups = Map.groupBy(settingEntries, ([, { group }]) => group);
  return [...groups].map(([group, settings]) => `### ${group}\n\n${settingsTable(settings)}`)
    .join("\n\n");
}

/** Returns a table of flags that set a setting to one value, without a final newline. */
export function shorthandTable(): string {
  const rows = settingEntries.flatMap(([name, { shorthand }]) =>
    shorthand
      ? [[code(`--${shorthand.flag}`), code(`${name}=${shorthand.value}`), shorthand.description]]
      : []
  );
  return table(["Flag", "Same as", "Meaning"], rows);
}

/** Returns a table of the commands with their own flags, without a final newline. */
export function commandsTable(): string {
  return table(
    ["Command", "Own flags", "What it does"],
    commandEntries.map(([name, { operands, flags, description }]) => [
      code([name, ...operands].join(" ")),
      Object.entries(flags).map(([flag, { placeholder }]) =>
        code(`--${flag}${placeholder === undefined ? "" : ` ${placeholder}`}`)
      ).join(", "),
      description,
    ]),
  );
}
