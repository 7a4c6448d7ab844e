/** From the command line, the environment and an env file to the configuration. */

import { parseEnv } from "node:util";
import { UsageError } from "../errors.ts";
import { type Given, parseFlags } from "./_flags.ts";
import { shown } from "./_shown.ts";
import { OFFLINE } from "./_values.ts";
import type { CommandName } from "./commands.ts";
import { dataDir } from "./data_dir.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type Config, type Setting, settingEntries, type SettingName } from "./settings.ts";

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
  const { file, warnings } = readEnvFile(
    commandLine.envFile,
    options.readFile ?? Deno.readTextFileSync,
  );
  const given = new Map<SettingName, Given>();
  for (const [name] of settingEntries) {
    const value = [
      commandLine.values.get(name),
      { text: env[name] ?? "", from: `The environment variable ${name}` },
      { text: file[name] ?? "", from: `${name} in the file "${commandLine.envFile}"` },
    ].find((value) => value && value.text.trim() !== "");
    if (value) given.set(name, value);
  }

  const values = Object.fromEntries(
    settingEntries.map(([name, setting]) => [name, valueOf(setting, given.get(name))]),
  );
  const folder = dataDir(env, options.os ?? Deno.build.os);
  const offline = values.OPENAI_BASE_URL === OFFLINE;
  if (offline && values.ENVIRONMENT === "production") {
    throw new UsageError(
      `${
        given.get("OPENAI_BASE_URL")?.from
      } asks for the offline model, which production refuses; name a model server in OPENAI_BASE_URL, or set ENVIRONMENT to development`,
    );
  }
  if (offline && values.ASSISTANTS_BACKEND === "assistants") {
    throw new UsageError(
      `${
        given.get("ASSISTANTS_BACKEND")?.from
      } asks for a model server that has the Assistants API, which the offline model has not; leave it out, or name such a server in OPENAI_BASE_URL`,
    );
  }
  const tracing = /^(1|true)$/i.test(env.OTEL_DENO ?? "");
  refuseUnsafe(values, tracing);
  const config = {
    ...values,
    DATABASE_URL: values.DATABASE_URL ??
      databaseIn(folder, offline ? "offline.db" : "assistants.db"),
    dataDir: folder,
    tracing,
  } as Config;
  const { action, operands, flags } = commandLine;
  return { action, config, operands, flags, warnings };
}

/** @throws {UsageError} for two settings that need each other, or of which one undoes what the other promises */
function refuseUnsafe(values: Record<string, unknown>, tracing: boolean): void {
  const token = values.MCP_AUTH_TOKEN;
  if (values.MCP_CREDENTIALS_PASSTHROUGH && token !== undefined && token !== "off") {
    throw new UsageError(
      "MCP_AUTH_TOKEN is for callers who share the server's key, and MCP_CREDENTIALS_PASSTHROUGH has each bring their own; set one of the two",
    );
  }
  if ((values.WEBHOOK_URL === undefined) !== (values.WEBHOOK_SECRET === undefined)) {
    throw new UsageError(
      "WEBHOOK_URL and WEBHOOK_SECRET go together, as nobody should believe what is not signed; set both, or neither",
    );
  }
  if (values.MCP_KEY_IN_URL && tracing) {
    throw new UsageError(
      "MCP_KEY_IN_URL puts keys into addresses, and OTEL_DENO sends every address to a collector; unset one of the two",
    );
  }
}

function readEnvFile(
  path: string | undefined,
  readFile: (path: string) => string,
): { file: Environment; warnings: string[] } {
  if (path === undefined) return { file: {}, warnings: [] };
  try {
    return { file: parseEnv(readFile(path).replace(/^\ufeff/, "")), warnings: [] };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { file: {}, warnings: [`The env file "${path}" does not exist; going on without it`] };
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read the env file "${path}": ${reason}`, { cause: error });
  }
}

function valueOf(setting: Setting, given: Given | undefined): unknown {
  if (!given) {
    return setting.default === undefined ? undefined : setting.type.parse(setting.default);
  }
  const text = given.text.trim();
  const value = setting.type.parse(text);
  if (value !== undefined) return value;
  const is = setting.secret ? "has a wrong value" : `is ${shown(text)}`;
  throw new UsageError(`${given.from} ${is}; it must be ${setting.type.right}`);
}

function databaseIn(folder: string | undefined, file: string): string {
  if (folder !== undefined) return `sqlite:${folder}/${file}`;
  throw new UsageError(
    "Cannot tell where to keep the database, as the environment names no home folder; set DATABASE_URL to sqlite:PATH",
  );
}
