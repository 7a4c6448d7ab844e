/** The paths of the clients' configuration files on each system. */

import { posix, win32 } from "node:path";
import type { Environment } from "../../config/mod.ts";
import type { Base, Client } from "./clients.ts";

/** Returns the path of a client's file; undefined without a home folder or a default location. */
export function clientFile(
  { file }: Client,
  env: Environment,
  os: typeof Deno.build.os,
): string | undefined {
  if (file === undefined) return undefined;
  const folder = folderOf(file.base, env, os);
  return folder && (os === "windows" ? win32 : posix).join(folder, ...file.path);
}

function folderOf(
  base: Base,
  env: Environment,
  os: typeof Deno.build.os,
): string | undefined {
  const home = (os === "windows" ? env.USERPROFILE : env.HOME) || undefined;
  const below = (...path: string[]) =>
    home && (os === "windows" ? win32 : posix).join(home, ...path);
  switch (base) {
    case "home":
      return home;
    case "codex":
      return env.CODEX_HOME || below(".codex");
    case "applications":
      if (os === "windows") return env.APPDATA || below("AppData", "Roaming");
      if (os === "darwin") return below("Library", "Application Support");
      return env.XDG_CONFIG_HOME?.startsWith("/") ? env.XDG_CONFIG_HOME : below(".config");
  }
}
