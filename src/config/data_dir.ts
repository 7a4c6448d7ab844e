/** The folder for the data of this program. */

import type { Environment } from "./environment.ts";

const NAME = "assistants-mcp";

/** Returns the folder for this program in the user's data folder; undefined if the environment has no home folder. */
export function dataDir(env: Environment, os: typeof Deno.build.os): string | undefined {
  if (os === "windows") {
    const local = env.LOCALAPPDATA || (env.USERPROFILE && `${env.USERPROFILE}\\AppData\\Local`);
    return local ? `${local}\\${NAME}` : undefined;
  }
  if (os === "darwin") {
    return env.HOME ? `${env.HOME}/Library/Application Support/${NAME}` : undefined;
  }
  // The XDG specification requires that relative paths are ignored.
  if (env.XDG_DATA_HOME?.startsWith("/")) return `${env.XDG_DATA_HOME}/${NAME}`;
  return env.HOME ? `${env.HOME}/.local/share/${NAME}` : undefined;
}
