/** The command line that starts this program again. */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, ENVIRONMENT_NAMES } from "../../config/mod.ts";

/** A command with its arguments. */
export interface Launch {
  command: string;
  args: string[];
}

/** The runtime's information about the start of a program. */
export interface Start {
  /** Whether the program is a compiled binary. */
  standalone: boolean;
  execPath: string;
  mainModule: string;
  denoVersion: string;
  isFile: (path: string) => boolean;
}

/**
 * Returns the command that starts the program, without the program's own flags.
 *
 * @param readable paths to read in addition to those of the settings
 * @param start the start to repeat; by default that of this process
 */
export function launchOf(
  config: Config,
  readable: readonly string[],
  start: Start = thisStart(),
): Launch {
  if (start.standalone) return { command: start.execPath, args: [] };
  const { command, args } = denoOf(start);
  const program = programOf(start, permissionFlags(config, readable));
  return { command, args: [...args, "run", "-q", "--no-prompt", ...program] };
}

function thisStart(): Start {
  return {
    standalone: Deno.build.standalone,
    execPath: Deno.execPath(),
    mainModule: Deno.mainModule,
    denoVersion: Deno.version.deno,
    isFile(path) {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    },
  };
}

/** Returns the command for Deno, or for npx if Deno is in the cache of npx, which is temporary. */
function denoOf({ execPath, denoVersion }: Start): Launch {
  return /[\\/]_npx[\\/]/.test(execPath)
    ? { command: "npx", args: ["-y", `deno@${denoVersion}`] }
    : { command: execPath, args: [] };
}

/**
 * Returns the permissions and the location of the program.
 *
 * @param permissions flags to use if there is no project file that defines the permissions
 */
function programOf({ mainModule, isFile }: Start, permissions: readonly string[]): string[] {
  const { protocol } = new URL(mainModule);
  const isSource = /\/src\/main\.ts$/.test(mainModule);
  if (protocol !== "file:") {
    const importMap = isSource ? [`--import-map=${new URL("../deno.json", mainModule)}`] : [];
    return [...permissions, ...importMap, mainModule];
  }
  const path = fileURLToPath(mainModule);
  const projectFile = resolve(dirname(path), "..", "deno.json");
  return isSource && isFile(projectFile)
    ? ["-P=serve", `--config=${projectFile}`, path]
    : [...permissions, path];
}

/** Returns the permissions that `-P=serve` grants, with only the required folders. */
function permissionFlags(
  { store, dataDir, folders }: Config,
  readable: readonly string[],
): string[] {
  const database = store.url.slice("sqlite:".length);
  const own = [
    ...dataDir === undefined ? [] : [dataDir],
    ...database === ":memory:" ? [] : [dirname(resolve(database))],
    ...folders.images === undefined ? [] : [folders.images],
  ];
  return [
    "--allow-net",
    ...pathFlag("read", [...own, ...folders.readable, ...readable]),
    ...pathFlag("write", own),
    `--allow-env=${ENVIRONMENT_NAMES.join(",")}`,
    "--ignore-env",
  ];
}

function pathFlag(name: "read" | "write", paths: readonly string[]): string[] {
  // Deno reads a double comma as a comma in a path.
  const list = [...new Set(paths)].map((path) => path.replaceAll(",", ",,"));
  return list.length === 0 ? [] : [`--allow-${name}=${list.join(",")}`];
}
