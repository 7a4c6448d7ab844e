/** Loading of the configuration from the command line, the environment and an env file. */

import { parseEnv } from "node:util";
import { UsageError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { type GivenValue, parseFlags } from "./_flags.ts";
import { quoteForMessage } from "./_quote.ts";
import { OFFLINE } from "./_value_types.ts";
import { type Config, groupOptions, type SettingValues } from "./config.ts";
import { type CommandName, commandShape } from "./commands.ts";
import { dataDir } from "./data_dir.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type Setting, settingEntries, type SettingName } from "./settings.ts";

/** What the command line requests. */
export type LoadResult =
  | { action: "help"; command: CommandName }
  | { action: "version" }
  /** Each warning is one line for the user. */
  | Invocation & { action: CommandName; warnings: string[] };

/** The input of a command. */
export interface Invocation {
  config: Config;
  /** Exactly as many as the command declares. */
  operands: readonly string[];
  /** The command's own flags by name, without dashes. */
  flags: ReadonlyMap<string, string>;
  origin: Origin;
}

/** The sources of the configuration. */
export interface Origin {
  /** The settings that were given; all others have their defaults. */
  given: ReadonlyMap<SettingName, GivenValue>;
  envFile: string | undefined;
  /** Invalid settings, which have their defaults. Empty unless the command reports problems. */
  problems: readonly SettingProblem[];
}

/** An invalid setting, env file or combination of settings. */
export interface SettingProblem {
  /** Undefined for a problem of the env file or of a combination. */
  setting?: SettingName;
  /** One line. */
  message: string;
}

/** The sources to read; by default those of the process. */
export interface LoadOptions {
  env?: Environment;
  readFile?: (path: string) => string;
  os?: typeof Deno.build.os;
}

/**
 * Loads the configuration. A flag takes precedence over the environment, the environment over the
 * file of `--env-file`, and that file over the default. An empty value counts as unset.
 *
 * @throws {UsageError} for an invalid flag, and for an invalid value unless the command reports it
 */
export function loadConfig(args: readonly string[], options: LoadOptions = {}): LoadResult {
  const commandLine = parseFlags(args);
  if (!("values" in commandLine)) return commandLine;

  const env = options.env ?? readEnvironment();
  const { file, warnings, problems: fileProblems } = readEnvFile(
    commandLine.envFile,
    options.readFile ?? Deno.readTextFileSync,
  );
  const { action, operands, flags, envFile } = commandLine;
  const given = new Map<SettingName, GivenValue>();
  for (const [name] of settingEntries) {
    const value = [
      commandLine.values.get(name),
      givenBy("environment", env[name], `The environment variable ${name}`),
      givenBy("file", file[name], `${name} in the file "${envFile}"`),
    ].find((value) => value && value.text.trim() !== "");
    if (value) given.set(name, value);
  }

  const built = buildConfig(given, env, options.os ?? Deno.build.os);
  const problems = [...fileProblems, ...built.problems];
  for (const [name, similar] of misspelledNames(file, given)) {
    warnings.push(
      `The env file "${envFile}" sets ${quoteForMessage(name)}, which is not a setting; ` +
        `did you mean ${similar}?`,
    );
  }
  const [first] = problems;
  if (first !== undefined && !commandShape(action).reportsProblems) {
    throw new UsageError(first.message);
  }
  const { config } = built;
  return { action, config, operands, flags, warnings, origin: { given, envFile, problems } };
}

function buildConfig(
  given: ReadonlyMap<SettingName, GivenValue>,
  env: Environment,
  os: typeof Deno.build.os,
): { config: Config; problems: SettingProblem[] } {
  const { values, problems } = parseSettings(given);
  const tracing = /^(1|true)$/i.test(env.OTEL_DENO ?? "");
  problems.push(...findConflicts(values, given, tracing).map((message) => ({ message })));
  const folder = dataDir(env, os);
  if (values.DATABASE_URL === undefined && folder === undefined) {
    problems.push({
      setting: "DATABASE_URL",
      message: "Cannot determine a folder for the database: the environment has no home folder; " +
        "set DATABASE_URL to sqlite:PATH",
    });
  }
  const DATABASE_URL = values.DATABASE_URL ??
    defaultDatabaseUrl(folder, values.OPENAI_BASE_URL === OFFLINE);
  return {
    config: { ...groupOptions({ ...values, DATABASE_URL }), dataDir: folder, tracing },
    problems,
  };
}

type ParsedValues = Omit<SettingValues, "DATABASE_URL"> & { DATABASE_URL?: string };

function parseSettings(
  given: ReadonlyMap<SettingName, GivenValue>,
): { values: ParsedValues; problems: SettingProblem[] } {
  const problems: SettingProblem[] = [];
  const values = Object.fromEntries(settingEntries.map(([name, setting]) => {
    const { value, problem } = parseSetting(setting, given.get(name));
    if (problem !== undefined) problems.push({ setting: name, message: problem });
    return [name, value];
  }));
  // Each value was parsed by the type that the table gives its setting.
  return { values: values as ParsedValues, problems };
}

function defaultDatabaseUrl(folder: string | undefined, offline: boolean): string {
  if (folder === undefined) return "sqlite::memory:";
  return `sqlite:${folder}/${offline ? "offline.db" : "assistants.db"}`;
}

/** Returns a message for each combination of settings that is not allowed. */
function findConflicts(
  values: ParsedValues,
  given: ReadonlyMap<SettingName, GivenValue>,
  tracing: boolean,
): string[] {
  const found: string[] = [];
  const offline = values.OPENAI_BASE_URL === OFFLINE;
  if (offline && values.ENVIRONMENT === "production") {
    found.push(
      `${given.get("OPENAI_BASE_URL")?.subject} selects the offline model, which production ` +
        "refuses; set OPENAI_BASE_URL to a model server, or ENVIRONMENT to development",
    );
  }
  if (offline && values.ASSISTANTS_BACKEND === "assistants") {
    found.push(
      `${given.get("ASSISTANTS_BACKEND")?.subject} requires a model server with the Assistants ` +
        "API, which the offline model does not have; unset it, or set OPENAI_BASE_URL to such a server",
    );
  }
  const token = values.MCP_AUTH_TOKEN;
  if (values.MCP_CREDENTIALS_PASSTHROUGH && token !== undefined && token !== "off") {
    found.push(
      "MCP_AUTH_TOKEN is for callers that share the server's key, but " +
        "MCP_CREDENTIALS_PASSTHROUGH requires a key from each caller; set one of the two",
    );
  }
  if ((values.WEBHOOK_URL === undefined) !== (values.WEBHOOK_SECRET === undefined)) {
    found.push(
      "WEBHOOK_URL and WEBHOOK_SECRET require each other, because webhooks are always signed; " +
        "set both or neither",
    );
  }
  if (values.MCP_KEY_IN_URL && tracing) {
    found.push(
      "MCP_KEY_IN_URL accepts keys in URLs, and OTEL_DENO exports every URL to a trace " +
        "collector; unset one of the two",
    );
  }
  return found;
}

function givenBy(
  source: GivenValue["source"],
  text: string | undefined,
  subject: string,
): GivenValue {
  return { text: text ?? "", subject, source };
}

interface EnvFile {
  file: Environment;
  warnings: string[];
  problems: SettingProblem[];
}

function readEnvFile(path: string | undefined, readFile: (path: string) => string): EnvFile {
  const none: EnvFile = { file: {}, warnings: [], problems: [] };
  if (path === undefined) return none;
  try {
    const text = readFile(path);
    if (text.includes("\0")) throw new Error("it is not UTF-8 text; save it as UTF-8");
    return { ...none, file: parseEnv(text.replace(/^\ufeff/, "")) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      const warning = `The env file "${path}" does not exist; continuing without it`;
      return { ...none, warnings: [warning] };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { ...none, problems: [{ message: `Cannot read the env file "${path}": ${reason}` }] };
  }
}

/** Returns the unknown names in an env file that resemble a setting which is not given, with that setting. */
function misspelledNames(
  file: Environment,
  given: ReadonlyMap<SettingName, GivenValue>,
): [name: string, similar: string][] {
  const names = settingEntries.map(([name]) => name);
  const known = new Set<string>(names);
  const missing = names.filter((name) => !given.has(name));
  return Object.keys(file).filter((name) => !known.has(name)).flatMap((name) => {
    const similar = nearest(name, missing);
    return similar === undefined ? [] : [[name, similar]];
  });
}

/** Returns the value of a setting; for an invalid value, the default and the problem. */
function parseSetting(
  setting: Setting,
  given: GivenValue | undefined,
): { value: unknown; problem?: string } {
  const { type } = setting;
  const defaultValue = setting.default === undefined ? undefined : type.parse(setting.default);
  if (!given) return { value: defaultValue };
  const text = given.text.trim();
  const value = type.parse(text);
  if (value !== undefined) return { value };
  const is = setting.secret ? "has an invalid value" : `is ${quoteForMessage(text)}`;
  return {
    value: defaultValue,
    problem: `${given.subject} ${is}; it must be ${type.expected}`,
  };
}
