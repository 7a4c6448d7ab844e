/** The configuration: the parsed settings as typed options, grouped by the part of the program that uses them. */

import { settingEntries, type SettingName, type SETTINGS } from "./settings.ts";
import type { ValueType } from "./_value_types.ts";

type Table = typeof SETTINGS;

/** The parsed value of a setting; undefined is possible if the setting has no default. */
type ValueOf<S> = S extends { type: ValueType<infer T> }
  ? S extends { default: string } | { computedDefault: string } ? T : T | undefined
  : never;

/** The parsed values of all settings, by name. */
export type SettingValues = { readonly [N in SettingName]: ValueOf<Table[N]> };

type GroupOf<Option> = Option extends `${infer G}.${string}` ? G : never;

type GroupName = GroupOf<Table[SettingName]["option"]>;

type Options<G extends GroupName> = {
  readonly [
    N in SettingName as Table[N]["option"] extends `${G}.${infer Option}` ? Option : never
  ]: ValueOf<Table[N]>;
};

/** The configuration: the options of every setting, grouped by the part of the program that uses them. */
export type Config =
  & { readonly [G in GroupName]: Options<G> }
  & {
    /** The user's folder for this program's data; undefined without a home folder. */
    readonly dataDir: string | undefined;
    /** Whether Deno exports traces, which its variable OTEL_DENO turns on. */
    readonly tracing: boolean;
  };

/** Returns the values of the settings under the names of their options. */
export function groupOptions(
  values: SettingValues,
): { readonly [G in GroupName]: Options<G> } {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const [name, { option }] of settingEntries) {
    const [group = "", key = ""] = option.split(".");
    (groups[group] ??= {})[key] = values[name];
  }
  // The names come from the same table as the type.
  return groups as ReturnType<typeof groupOptions>;
}
