/** From the command line, the environment and an env file to the configuration. */

import { parseEnv } from "node:util";
import { UsageError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { type Given, parseFlags } from "./_flags.ts";
import { shown } from "./_quote.ts";
import { OFFLINE } from "./_values.ts";
import { type Config, groupOptions, type SettingValues } from "./config.ts";
import { type CommandName, commandShape } from "./commands.ts";
import { dataDir } from "./data_dir.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type Setting, settingEntries, type SettingName } from "./settings.ts";

/** What the command line asks for. */
export type Loaded =
  | { action: "help"; command: CommandName }
  | { action: "version" }
  /** Each warning is a line for the person who typed the command. */
  | Invocation & { action: CommandName; warnings: string[] };

/** What a command is called with. */
export interface Invocation {
  config: Config;
  /** As many as the command takes. */
  operands: readonly string[];
  /** The command's own flags by their names without dashes. */
  flags: ReadonlyMap<string, string>;
  /** Where the configuration comes from. */
  origin: Origin;
}

export interface Origin {
  /** What was given of the settings; the others have their defaults. */
  given: ReadonlyMap<SettingName, Given>;
  envFile: string | undefined;
  /** What cannot be used, and has its default instead; none unless the command reports it. */
  problems: readonly SettingProblem[];
}

export interface SettingProblem {
  /** Undefined where it is about the env file, or about how settings go together. */
  setting?: SettingName;
  /** One line. */
  message: string;
}

/** Where the values come from; the process's own unless told. */
export interface LoadOptions {
  env?: Environment;
  readFile?: (path: string) => string;
  os?: typeof Deno.build.os;
}

/**
 * Reads the configuration: a flag wins over the environment, that over the file named by
 * `--env-file`, and that over the default. An empty value counts as none.
 *
 * @throws {UsageError} for a flag or a value that cannot be used
 */
export function loadConfig(args: readonly string[], options: LoadOptions = {}): Loaded {
  const commandLine = parseFlags(args);
  if (!("values" in commandLine)) return commandLine;

  const env = options.env ?? readEnvironment();
  const { file, warnings, problems: ofFile } = readEnvFile(
    commandLine.envFile,
    options.readFile ?? Deno.readTextFileSync,
  );
  const { action, operands, flags, envFile } = commandLine;
  const given = new Map<SettingName, Given>();
  for (const [name] of settingEntries) {
    const value = [
      commandLine.values.get(name),
      givenFrom("environment", env[name], `The environment variable ${name}`),
      givenFrom("file", file[name], `${name} in the file "${envFile}"`),
    ].find((value) => value && value.text.trim() !== "");
    if (value) given.set(name, value);
  }

  const { config, problems: ofSettings } = configOf(given, env, options.os ?? Deno.build.os);
  const problems = [...ofFile, ...ofSettings];
  warnings.push(...slips(file, given).map((slip) => `The env file "${envFile}" ${slip}`));
  const [first] = problems;
  if (first !== undefined && !commandShape(action).reportsProblems) {
    throw new UsageError(first.message);
  }
  return { action, config, operands, flags, warnings, origin: { given, envFile, problems } };
}

function configOf(
  given: ReadonlyMap<SettingName, Given>,
  env: Environment,
  os: typeof Deno.build.os,
): { config: Config; problems: SettingProblem[] } {
  const { values, problems } = valuesOf(given);
  const tracing = /^(1|true)$/i.test(env.OTEL_DENO ?? "");
  problems.push(...contradictions(values, given, tracing).map((message) => ({ message })));
  const folder = dataDir(env, os);
  if (values.DATABASE_URL === undefined && folder === undefined) {
    problems.push({
      setting: "DATABASE_URL",
      message: "Cannot tell where to keep the database, as the environment names no home folder; " +
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

function valuesOf(
  given: ReadonlyMap<SettingName, Given>,
): { values: ParsedValues; problems: SettingProblem[] } {
  const problems: SettingProblem[] = [];
  const values = Object.fromEntries(settingEntries.map(([name, setting]) => {
    const { value, wrong } = valueOf(setting, given.get(name));
    if (wrong !== undefined) problems.push({ setting: name, message: wrong });
    return [name, value];
  }));
  // Each value was parsed by the type that the table gives its setting.
  return { values: values as ParsedValues, problems };
}

function defaultDatabaseUrl(folder: string | undefined, offline: boolean): string {
  if (folder === undefined) return "sqlite::memory:";
  return `sqlite:${folder}/${offline ? "offline.db" : "assistants.db"}`;
}

/** What is wrong with settings that need each other, or of which one undoes what the other promises. */
function contradictions(
  values: ParsedValues,
  given: ReadonlyMap<SettingName, Given>,
  tracing: boolean,
): string[] {
  const found: string[] = [];
  const offline = values.OPENAI_BASE_URL === OFFLINE;
  if (offline && values.ENVIRONMENT === "production") {
    found.push(
      `${
        given.get("OPENAI_BASE_URL")?.from
      } asks for the offline model, which production refuses; name a model server in OPENAI_BASE_URL, or set ENVIRONMENT to development`,
    );
  }
  if (offline && values.ASSISTANTS_BACKEND === "assistants") {
    found.push(
      `${
        given.get("ASSISTANTS_BACKEND")?.from
      } asks for a model server that has the Assistants API, which the offline model has not; leave it out, or name such a server in OPENAI_BASE_URL`,
    );
  }
  const token = values.MCP_AUTH_TOKEN;
  if (values.MCP_CREDENTIALS_PASSTHROUGH && token !== undefined && token !== "off") {
    found.push(
      "MCP_AUTH_TOKEN is for callers who share the server's key, and MCP_CREDENTIALS_PASSTHROUGH has each bring their own; set one of the two",
    );
  }
  if ((values.WEBHOOK_URL === undefined) !== (values.WEBHOOK_SECRET === undefined)) {
    found.push(
      "WEBHOOK_URL and WEBHOOK_SECRET go together, as nobody should believe what is not signed; set both, or neither",
    );
  }
  if (values.MCP_KEY_IN_URL && tracing) {
    found.push(
      "MCP_KEY_IN_URL puts keys into addresses, and OTEL_DENO sends every address to a collector; unset one of the two",
    );
  }
  return found;
}

function givenFrom(source: Given["source"], text: string | undefined, from: string): Given {
  return { text: text ?? "", from, source };
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
      const warning = `The env file "${path}" does not exist; going on without it`;
      return { ...none, warnings: [warning] };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { ...none, problems: [{ message: `Cannot read the env file "${path}": ${reason}` }] };
  }
}

/** Names in an env file that are no setting's, and nearly those of settings that are not given. */
function slips(file: Environment, given: ReadonlyMap<SettingName, Given>): string[] {
  const names = new Set<string>(settingEntries.map(([name]) => name));
  const open = settingEntries.map(([name]) => name).filter((name) => !given.has(name));
  return Object.keys(file).filter((name) => !names.has(name)).flatMap((name) => {
    const meant = nearest(name, open);
    return meant === undefined
      ? []
      : `sets ${shown(name)}, which is no setting; did you mean ${meant}?`;
  });
}

/** The value of a setting; where what was given is wrong, the default and what is wrong. */
function valueOf(
  setting: Setting,
  given: Given | undefined,
): { value: unknown; wrong?: string } {
  const byDefault = setting.default === undefined ? undefined : setting.type.parse(setting.default);
  if (!given) return { value: byDefault };
  const text = given.text.trim();
  const value = setting.type.parse(text);
  if (value !== undefined) return { value };
  const is = setting.secret ? "has a wrong value" : `is ${shown(text)}`;
  return { value: byDefault, wrong: `${given.from} ${is}; it must be ${setting.type.right}` };
}
