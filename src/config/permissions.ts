/** The permission flags of Deno for a configuration: its hosts, folders and variables only. */

import { dirname, resolve } from "node:path";
import { UsageError } from "../shared/errors.ts";
import type { Config } from "./config.ts";
import { ENVIRONMENT_NAMES } from "./environment.ts";

/** Flags that allow the variables that the program reads; all others are unset for it. */
export const ENVIRONMENT_FLAGS: readonly string[] = [
  `--allow-env=${ENVIRONMENT_NAMES.join(",")}`,
  "--ignore-env",
];

/**
 * Returns the permission flags for `deno run`, which precede the program.
 *
 * @param readable further paths that the program reads
 * @throws {UsageError} if a path contains a comma
 */
export function permissionFlags(config: Config, readable: readonly string[] = []): string[] {
  const database = config.store.url.replace(/^sqlite:/, "");
  const writable = [
    ...database === ":memory:" ? [] : [dirname(resolve(database))],
    // It contains the generated token.
    ...config.server.transport !== "stdio" && config.dataDir !== undefined ? [config.dataDir] : [],
    ...config.folders.images === undefined ? [] : [config.folders.images],
  ];
  return [
    ...flag("net", hostsOf(config)),
    ...ENVIRONMENT_FLAGS,
    ...flag("read", [...writable, ...config.folders.readable, ...readable]),
    ...flag("write", writable),
  ];
}

/** Returns the addresses that the server connects to or listens on, as `HOST:PORT`. */
function hostsOf({ upstream, webhooks, server, http }: Config): string[] {
  const urls = [upstream.baseUrl, webhooks.url].flatMap((url) => url ?? []);
  return [
    ...urls.filter((url) => /^https?:/.test(url)).map((url) => {
      const { protocol, hostname, port } = new URL(url);
      return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    }),
    ...server.transport === "stdio" ? [] : [`${bracketed(http.host)}:${http.port}`],
  ];
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function flag(name: string, values: readonly string[]): string[] {
  const withComma = values.find((value) => value.includes(","));
  if (withComma !== undefined) {
    throw new UsageError(
      `Deno's permission flags cannot contain "${withComma}", because commas separate their ` +
        "values; use a path without a comma",
    );
  }
  return values.length === 0 ? [] : [`--allow-${name}=${[...new Set(values)].join(",")}`];
}
