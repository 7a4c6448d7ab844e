/**
 * `deno task start`: the server with the permissions that its settings need, and no more. Which
 * hosts and folders those are only the settings say, and Deno takes them before it runs a program.
 */

import {
  ENVIRONMENT_FLAGS,
  type Environment,
  loadConfig,
  permissionFlags,
  readEnvironment,
} from "../src/config/mod.ts";
import { FatalError } from "../src/errors.ts";

const MAIN = new URL("../src/main.ts", import.meta.url);
const PROJECT = new URL("../deno.json", import.meta.url);

/** Those by which a system or a parent stops a program; a terminal sends its own to the whole group. */
const SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"];

const ENV_FILE = ".env";

/** The arguments of Deno for a server with these arguments, in this environment. */
export function denoArgs(args: readonly string[], env: Environment = readEnvironment()): string[] {
  return [
    "run",
    "-q",
    "--no-prompt",
    `--config=${decodeURIComponent(PROJECT.pathname)}`,
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
  try {
    const loaded = loadConfig(args, { env });
    if (!("config" in loaded)) return [];
    return loaded.action === "serve" ? permissionFlags(loaded.config, envFiles) : ["-P=serve"];
  } catch (error) {
    if (error instanceof FatalError) return [...ENVIRONMENT_FLAGS, `--allow-read=${envFiles}`];
    throw error;
  }
}

if (import.meta.main) {
  const child = new Deno.Command(Deno.execPath(), {
    args: denoArgs([`--env-file=${ENV_FILE}`, ...Deno.args]),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => child.kill(signal));
  Deno.addSignalListener("SIGINT", () => {});
  const { code } = await child.status;
  Deno.exit(code);
}
