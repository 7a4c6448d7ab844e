/** The folder that the system gives each user for the data of programs. */

import type { Environment } from "./environment.ts";

const NAME = "assistants-mcp";

/** Undefined where the environment does not say where it is. */
export function dataDir(env: Environment, os: typeof Deno.build.os): string | undefined {
  if (os === "windows") {
    const local = env.LOCALAPPDATA || (env.USERPROFILE && `${env.USERPROFILE}\\AppData\\Local`);
    return local ? `${local}\\${NAME}` : undefined;
  }
  if (os === "darwin") {
    return env.HOME ? `${env.HOME}/Library/Application Support/${NAME}` : undefined;
  }
  // The XDG specification has relative paths ignored.
  if (env.XDG_DATA_HOME?.startsWith("/")) return `${env.XDG_DATA_HOME}/${NAME}`;
  return env.HOME ? `${env.HOME}/.local/share/${NAME}` : undefined;
}
