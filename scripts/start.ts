// deno-lint-ignore-file no-console -- it talks to a person
/**
 * `deno task start`: the server with the permissions that its settings need, and no more. Which
 * hosts and folders those are only the settings say, and Deno takes them before it runs a program.
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

/** What the program itself is: the project has Deno load parts of it when they are called for. */
const OWN_FILES = [fileURLToPath(new URL("../src", import.meta.url)), PROJECT];

/** Those by which a system or a parent stops a program; a terminal sends its own to the whole group. */
const SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"];

const ENV_FILE = ".env";

/** The arguments of Deno for a server with these arguments, in this environment. */
export function denoArgs(args: readonly string[], env: Environment = readEnvironment()): string[] {
  return [
    "run",
    "-q",
    "--no-prompt",
    `--config=${PROJECT}`,
    ...grants(args, env),
    MAIN.href,
    ...args,
  ];
}

/**
 * What the command needs. Those other than `serve` read and write where the person says, by names
 * that only they know the meaning of; a command line that is wrong only has to say so.
 */
function grants(args: readonly string[], env: Environment): string[] {
  const envFiles = args.flatMap((arg, index) =>
    arg === "--env-file" ? args[index + 1] ?? [] : /^--env-file=(.+)/.exec(arg)?.[1] ?? []
  );
  const loaded = loadedOrNone(args, env);
  const read = [...envFiles, ...OWN_FILES];
  if (loaded === undefined) return [...ENVIRONMENT_FLAGS, `--allow-read=${read}`];
  if (!("config" in loaded)) return [];
  return loaded.action === "serve" ? permissionFlags(loaded.config, read) : ["-P=serve"];
}

function loadedOrNone(args: readonly string[], env: Environment): LoadResult | undefined {
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
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => child.kill(signal));
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
