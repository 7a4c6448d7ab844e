/** Parsing of the command line: the command, its operands and its flags. */

import { UsageError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { quoteForMessage } from "./_quote.ts";
import { commandEntries, type CommandName, commandShape } from "./commands.ts";
import { flagName, settingEntries, type SettingName } from "./settings.ts";

/** The text that was given for a setting. */
export interface GivenValue {
  text: string;
  /** Subject of a sentence about the value, such as `The flag --port`. */
  subject: string;
  source: "flag" | "environment" | "file";
}

/** The parsed command line. */
export type CommandLine =
  | { action: "help"; command: CommandName }
  | { action: "version" }
  | {
    action: CommandName;
    envFile: string | undefined;
    /** The settings that were given as flags. */
    values: Map<SettingName, GivenValue>;
    operands: string[];
    /** The command's own flags by name, without dashes; the value is empty for a flag without value. */
    flags: Map<string, string>;
  };

/** What a flag sets: a setting, the env file, or a flag of a command. `text` replaces its value. */
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

/**
 * Parses the arguments of the program. `--help` and `--version` win over everything else.
 *
 * @throws {UsageError} for an unknown command or flag, and for a missing or unexpected value
 */
export function parseFlags(args: readonly string[]): CommandLine {
  for (const arg of args) {
    const action = ACTIONS.get(arg);
    if (action === "help") {
      return { action, command: findCommand(args.filter(isWord)) ?? "serve" };
    }
    if (action) return { action };
  }
  const values = new Map<SettingName, GivenValue>();
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
    const flag = FLAGS.get(name) ?? throwUnknownFlag(name);
    const fixed = "text" in flag ? flag.text : undefined;
    if (fixed !== undefined && inline !== undefined) {
      throw new UsageError(`The flag ${name} takes no value`);
    }
    const text = fixed ?? inline ?? valueFor(name, rest.shift());
    names.set(name, flag);
    if ("own" in flag) flags.set(flag.own, text);
    else if (flag.setting === "env-file") envFile = text || undefined;
    else values.set(flag.setting, { text, subject: `The flag ${name}`, source: "flag" });
  }
  const { action, operands } = parseCommand(words);
  assertFlagsApply(action, names);
  return { action, envFile, values, operands, flags };
}

/** Returns whether an argument is not a flag; `-` is the name of a standard stream. */
function isWord(arg: string): boolean {
  return arg === "-" || !arg.startsWith("-");
}

/** Returns the command that the words begin with. */
function findCommand(words: readonly string[]): CommandName | undefined {
  return commandEntries.find(([name]) => `${words.join(" ")} `.startsWith(`${name} `))?.[0];
}

/** @throws {UsageError} for an unknown command, and for missing or unexpected operands */
function parseCommand(words: readonly string[]): { action: CommandName; operands: string[] } {
  if (words.length === 0) return { action: "serve", operands: [] };
  const action = findCommand(words) ?? throwUnknownCommand(words);
  const { operands: expected } = commandShape(action);
  const operands = words.slice(action.split(" ").length);
  const missing = expected[operands.length];
  if (missing !== undefined) {
    throw new UsageError(
      `The command ${action} needs a ${missing}; see assistants-mcp ${action} --help`,
    );
  }
  const extra = operands[expected.length];
  if (extra !== undefined) {
    throw new UsageError(
      `Unexpected argument ${quoteForMessage(extra)}; see assistants-mcp ${action} --help`,
    );
  }
  return { action, operands };
}

function throwUnknownCommand(words: readonly string[]): never {
  const [first = ""] = words;
  const similar = commandEntries.find(([name]) => name.startsWith(`${first} `))?.[0] ??
    nearest(words.slice(0, 2).join(" "), commandEntries.map(([name]) => name)) ??
    nearest(first, commandEntries.map(([name]) => name));
  const unknown = words.slice(0, similar?.includes(" ") ? 2 : 1).join(" ");
  throw new UsageError(
    `Unknown command ${quoteForMessage(unknown)}; ` +
      (similar === undefined ? "see --help" : `did you mean ${similar}?`),
  );
}

/** @throws {UsageError} for a flag that the command does not have */
function assertFlagsApply(command: CommandName, given: ReadonlyMap<string, Flag>): void {
  const { flags, settings } = commandShape(command);
  for (const [name, flag] of given) {
    const applies = "own" in flag
      ? Object.hasOwn(flags, flag.own)
      : flag.setting === "env-file" || settings === "all" || settings.includes(flag.setting);
    if (!applies) {
      throw new UsageError(
        `The command ${command} has no flag ${name}; see assistants-mcp ${command} --help`,
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

function throwUnknownFlag(name: string): never {
  const candidates = [...FLAGS.keys(), ...SECRETS.keys(), ...ACTIONS.keys()];
  const similar = nearest(name, candidates.filter((flag) => flag.startsWith("--")));
  const secret = SECRETS.get(name) ?? SECRETS.get(similar ?? "");
  if (secret) {
    throw new UsageError(
      `${secret} cannot be given as a flag, because process lists show flags; set the ` +
        "environment variable, or add it to the file of --env-file",
    );
  }
  throw new UsageError(
    `Unknown flag ${quoteForMessage(name)}; ${similar ? `did you mean ${similar}?` : "see --help"}`,
  );
}
