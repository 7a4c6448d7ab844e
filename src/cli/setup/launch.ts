/** How this program was started, as somebody else can start it again. */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, ENVIRONMENT_NAMES } from "../../config/mod.ts";

export interface Launch {
  command: string;
  args: string[];
}

/** What the runtime says of a start; of this one unless told. */
export interface Start {
  /** Whether Deno and the program are one binary. */
  standalone: boolean;
  execPath: string;
  mainModule: string;
  denoVersion: string;
  isThere: (path: string) => boolean;
}

/**
 * The command and its first arguments, without the program's own flags.
 *
 * @param readable what it reads beside what its settings name
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
    isThere(path) {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    },
  };
}

/** Deno itself, or npx where that has fetched it into a cache that comes and goes. */
function denoOf({ execPath, denoVersion }: Start): Launch {
  return /[\\/]_npx[\\/]/.test(execPath)
    ? { command: "npx", args: ["-y", `deno@${denoVersion}`] }
    : { command: execPath, args: [] };
}

/**
 * The permissions, and where the program is.
 *
 * @param permissions the flags where there is no file that lists them
 */
function programOf({ mainModule, isThere }: Start, permissions: readonly string[]): string[] {
  const { protocol } = new URL(mainModule);
  const isSource = /\/src\/main\.ts$/.test(mainModule);
  if (protocol !== "file:") {
    const importMap = isSource ? [`--import-map=${new URL("../deno.json", mainModule)}`] : [];
    return [...permissions, ...importMap, mainModule];
  }
  const path = fileURLToPath(mainModule);
  const projectFile = resolve(dirname(path), "..", "deno.json");
  return isSource && isThere(projectFile)
    ? ["-P=serve", `--config=${projectFile}`, path]
    : [...permissions, path];
}

/** The named permissions of serving. */
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
  // Deno takes two commas for one that is part of a path.
  const list = [...new Set(paths)].map((path) => path.replaceAll(",", ",,"));
  return list.length === 0 ? [] : [`--allow-${name}=${list.join(",")}`];
}
