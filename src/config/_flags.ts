/** The command line: which command, which flags there are, and what was given. */

import { UsageError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { shown } from "./_quote.ts";
import { commandEntries, type CommandName, commandShape } from "./commands.ts";
import { flagName, settingEntries, type SettingName } from "./settings.ts";

/** A value as it was given, and how a sentence about it begins. */
export interface Given {
  text: string;
  from: string;
  source: "flag" | "environment" | "file";
}

export type CommandLine =
  | { action: "help"; command: CommandName }
  | { action: "version" }
  | {
    action: CommandName;
    envFile: string | undefined;
    values: Map<SettingName, Given>;
    operands: string[];
    /** The command's own flags by their names without dashes; the empty text where one takes no value. */
    flags: Map<string, string>;
  };

/** What a flag sets: a setting, to the text if there is one, else to what the command line brings. */
type Flag =
  | { setting: SettingName; text?: string }
  | { setting: "env-file" }
  | { own: string; text?: "" };

const FLAGS = new Map<string, Flag>([["--env-file", { setting: "env-file" }]]);
const SECRETS = new Map<string, SettingName>();
for (const [setting, { secret, shorthand }] of settingEntries) {
  if (secret) SECRETS.set(`--${flagName(setting)}`, setting);
  else FLAGS.set(`--${flagName(setting)}`, { setting });
  if (shorthand) FLAGS.set(`--${shorthand.flag}`, { setting, text: shorthand.value });
}
for (const [, { flags }] of commandEntries) {
  for (const [own, { placeholder }] of Object.entries(flags)) {
    FLAGS.set(`--${own}`, placeholder === undefined ? { own, text: "" } : { own });
  }
}
const ACTIONS = new Map<string, "help" | "version">([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
  ["-V", "version"],
]);

/** @throws {UsageError} for what is no command or flag of ours, and for values that are missing or too many */
export function parseFlags(args: readonly string[]): CommandLine {
  for (const arg of args) {
    const action = ACTIONS.get(arg);
    if (action === "help") {
      return { action, command: namedCommand(args.filter(isWord)) ?? "serve" };
    }
    if (action) return { action };
  }
  const values = new Map<SettingName, Given>();
  const flags = new Map<string, string>();
  const names = new Map<string, Flag>();
  const words: string[] = [];
  let envFile: string | undefined;
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (isWord(arg)) {
      words.push(arg);
      continue;
    }
    const { name, inline } = split(arg);
    const flag = FLAGS.get(name) ?? refuse(name);
    const fixed = "text" in flag ? flag.text : undefined;
    if (fixed !== undefined && inline !== undefined) {
      throw new UsageError(`The flag ${name} takes no value`);
    }
    const text = fixed ?? inline ?? valueFor(name, rest.shift());
    names.set(name, flag);
    if ("own" in flag) flags.set(flag.own, text);
    else if (flag.setting === "env-file") envFile = text || undefined;
    else values.set(flag.setting, { text, from: `The flag ${name}`, source: "flag" });
  }
  const { action, operands } = commandOf(words);
  assertFlagsApply(action, names);
  return { action, envFile, values, operands, flags };
}

/** Stands for itself: no flag. A single dash stands for a standard stream. */
function isWord(arg: string): boolean {
  return arg === "-" || !arg.startsWith("-");
}

/** The command that the words begin with. */
function namedCommand(words: readonly string[]): CommandName | undefined {
  return commandEntries.find(([name]) => `${words.join(" ")} `.startsWith(`${name} `))?.[0];
}

/** @throws {UsageError} for words that are no command, or not what it takes */
function commandOf(words: readonly string[]): { action: CommandName; operands: string[] } {
  if (words.length === 0) return { action: "serve", operands: [] };
  const action = namedCommand(words) ?? throwUnknownCommand(words);
  const { operands: wanted } = commandShape(action);
  const operands = words.slice(action.split(" ").length);
  const missing = wanted[operands.length];
  if (missing !== undefined) {
    throw new UsageError(
      `The command ${action} needs a ${missing}; see assistants-mcp ${action} --help`,
    );
  }
  const extra = operands[wanted.length];
  if (extra !== undefined) {
    throw new UsageError(
      `Unexpected argument ${shown(extra)}; see assistants-mcp ${action} --help`,
    );
  }
  return { action, operands };
}

function throwUnknownCommand(words: readonly string[]): never {
  const [first = ""] = words;
  const meant = commandEntries.find(([name]) => name.startsWith(`${first} `))?.[0] ??
    nearest(words.slice(0, 2).join(" "), commandEntries.map(([name]) => name)) ??
    nearest(first, commandEntries.map(([name]) => name));
  throw new UsageError(
    `Unknown command ${shown(words.slice(0, meant?.includes(" ") ? 2 : 1).join(" "))}; ` +
      (meant === undefined ? "see --help" : `did you mean ${meant}?`),
  );
}

/** @throws {UsageError} for a flag that another command has */
function assertFlagsApply(command: CommandName, given: ReadonlyMap<string, Flag>): void {
  const { flags, settings } = commandShape(command);
  for (const [name, flag] of given) {
    const takes = "own" in flag
      ? Object.hasOwn(flags, flag.own)
      : flag.setting === "env-file" || settings === "all" || settings.includes(flag.setting);
    if (!takes) {
      throw new UsageError(
        `The command ${command} takes no flag ${name}; see assistants-mcp ${command} --help`,
      );
    }
  }
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
