/** What the runtime has to allow for a configuration: the hosts, folders and variables that it names, and no others. */

import { dirname, resolve } from "node:path";
import { UsageError } from "../shared/errors.ts";
import { ENVIRONMENT_NAMES } from "./environment.ts";
import type { Config } from "./config.ts";

/** The variables that the program reads; all others count as unset. */
export const ENVIRONMENT_FLAGS: readonly string[] = [
  `--allow-env=${ENVIRONMENT_NAMES.join(",")}`,
  "--ignore-env",
];

/**
 * The flags for `deno run`, which go before the program.
 *
 * @param reads other paths that are to be read
 * @throws {UsageError} for a path that no flag can name
 */
export function permissionFlags(config: Config, reads: readonly string[] = []): string[] {
  const database = config.store.url.replace(/^sqlite:/, "");
  const stored = [
    ...database === ":memory:" ? [] : [dirname(resolve(database))],
    // The token lies there.
    ...config.server.transport !== "stdio" && config.dataDir !== undefined ? [config.dataDir] : [],
    ...config.folders.images === undefined ? [] : [config.folders.images],
  ];
  return [
    ...flag("net", hostsOf(config)),
    ...ENVIRONMENT_FLAGS,
    ...flag("read", [...stored, ...config.folders.readable, ...reads]),
    ...flag("write", stored),
  ];
}

/** As `HOST:PORT`. */
function hostsOf(config: Config): string[] {
  const urls = [config.upstream.baseUrl, config.webhooks.url].flatMap((url) => url ?? []);
  return [
    ...urls.filter((url) => /^https?:/.test(url)).map((url) => {
      const { protocol, hostname, port } = new URL(url);
      return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    }),
    ...config.server.transport === "stdio"
      ? []
      : [`${bracketed(config.http.host)}:${config.http.port}`],
  ];
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function flag(name: string, values: readonly string[]): string[] {
  const unnamable = values.find((value) => value.includes(","));
  if (unnamable !== undefined) {
    throw new UsageError(
      `Deno's permissions cannot name "${unnamable}", as commas part its list; use a path without one`,
    );
  }
  return values.length === 0 ? [] : [`--allow-${name}=${[...new Set(values)].join(",")}`];
}
