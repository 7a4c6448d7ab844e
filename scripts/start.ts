// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task start`: runs the server with the permissions that its settings require. Deno needs the
 * permissions before it runs a program, so this script reads the settings first.
 */

import { fileURLToPath } from "node:url";
import {
  type Environment,
  ENVIRONMENT_FLAGS,
  loadConfig,
  type LoadResult,
  permissionFlags,
  readEnvironment,
} from "../src/config/mod.ts";
import { FatalError } from "../src/shared/errors.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);
const PROJECT = fileURLToPath(new URL("../deno.json", import.meta.url));

/** The source files, which Deno loads on demand. */
const OWN_FILES = [fileURLToPath(new URL("../src", import.meta.url)), PROJECT];

/** Signals to forward to the server. A terminal sends SIGINT to the whole process group. */
const FORWARDED_SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"];

const ENV_FILE = ".env";

/** Returns the arguments of Deno for a command line of the program and an environment. */
export function denoArgs(args: readonly string[], env: Environment = readEnvironment()): string[] {
  return [
    "run",
    "-q",
    "--no-prompt",
    `--config=${PROJECT}`,
    ...permissionsFor(args, env),
    MAIN.href,
    ...args,
  ];
}

/**
 * Returns the permissions for a command. Commands other than `serve` access paths from the command
 * line, so they get all files; an invalid command line only needs to print an error.
 */
function permissionsFor(args: readonly string[], env: Environment): string[] {
  const envFiles = args.flatMap((arg, index) =>
    arg === "--env-file" ? args[index + 1] ?? [] : /^--env-file=(.+)/.exec(arg)?.[1] ?? []
  );
  const loaded = tryLoadConfig(args, env);
  const read = [...envFiles, ...OWN_FILES];
  if (loaded === undefined) return [...ENVIRONMENT_FLAGS, `--allow-read=${read}`];
  if (!("config" in loaded)) return [];
  return loaded.action === "serve" ? permissionFlags(loaded.config, read) : ["-P=serve"];
}

function tryLoadConfig(args: readonly string[], env: Environment): LoadResult | undefined {
  try {
    return loadConfig(args, { env });
  } catch (error) {
    if (error instanceof FatalError) return undefined;
    throw error;
  }
}

async function start(args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: denoArgs(args),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of FORWARDED_SIGNALS) Deno.addSignalListener(signal, () => child.kill(signal));
  Deno.addSignalListener("SIGINT", () => {});
  return (await child.status).code;
}

if (import.meta.main) {
  try {
    Deno.exit(await start([`--env-file=${ENV_FILE}`, ...Deno.args]));
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    console.error(`assistants-mcp: ${error.message}`);
    Deno.exit(error.exitCode);
  }
}
