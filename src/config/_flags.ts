/** The command line: which flags there are, and what was given. */

import { UsageError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { shown } from "./_shown.ts";
import { flagName, settingEntries, type SettingName } from "./settings.ts";

/** A value as it was given, and how a sentence about it begins. */
export interface Given {
  text: string;
  from: string;
}

export type CommandLine =
  | { action: "help" | "version" }
  | { action: "serve"; envFile: string | undefined; values: Map<SettingName, Given> };

/** What a flag sets: a setting, to the text if there is one, else to what the command line brings. */
type Flag = { setting: SettingName; text?: string } | { setting: "env-file" };

const FLAGS = new Map<string, Flag>([["--env-file", { setting: "env-file" }]]);
const SECRETS = new Map<string, SettingName>();
for (const [setting, { secret, shorthand }] of settingEntries) {
  if (secret) SECRETS.set(`--${flagName(setting)}`, setting);
  else FLAGS.set(`--${flagName(setting)}`, { setting });
  if (shorthand) FLAGS.set(`--${shorthand.flag}`, { setting, text: shorthand.value });
}
const ACTIONS = new Map<string, "help" | "version">([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-V", "version"],
]);

/** @throws {UsageError} for what is no flag of ours, and for values that are missing or too many */
export function parseFlags(args: readonly string[]): CommandLine {
  for (const arg of args) {
    const action = ACTIONS.get(arg);
    if (action) return { action };
  }
  const values = new Map<SettingName, Given>();
  let envFile: string | undefined;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const { name, inline } = split(arg);
    const flag = FLAGS.get(name) ?? refuse(name);
    const fixed = "text" in flag ? flag.text : undefined;
    if (fixed !== undefined && inline !== undefined) {
      throw new UsageError(`The flag ${name} takes no value`);
    }
    const text = fixed ?? inline ?? valueFor(name, rest.shift());
    if (flag.setting === "env-file") envFile = text || undefined;
    else values.set(flag.setting, { text, from: `The flag ${name}` });
  }
  return { action: "serve", envFile, values };
}

function split(arg: string): { name: string; inline?: string } {
  const equals = arg.indexOf("=");
  return equals < 0 ? { name: arg } : { name: arg.slice(0, equals), inline: arg.slice(equals + 1) };
}

function valueFor(flag: string, next: string | undefined): string {
  if (next !== undefined && !next.startsWith("--")) return next;
  throw new UsageError(`The flag ${flag} needs a value, as in ${flag}=VALUE; see --help`);
}

function refuse(name: string): never {
  if (!name.startsWith("-")) {
    throw new UsageError(`Unexpected argument ${shown(name)}; see --help`);
  }
  const candidates = [...FLAGS.keys(), ...SECRETS.keys(), ...ACTIONS.keys()];
  const meant = nearest(name, candidates.filter((flag) => flag.startsWith("--")));
  const secret = SECRETS.get(name) ?? SECRETS.get(meant ?? "");
  if (secret) {
    throw new UsageError(
      `${secret} cannot be given as a flag, as flags show in the list of processes; set the environment variable, or write it into the file named by --env-file`,
    );
  }
  throw new UsageError(
    `Unknown flag ${shown(name)}; ${meant ? `did you mean ${meant}?` : "see --help"}`,
  );
}
