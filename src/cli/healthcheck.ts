/** `healthcheck`: whether the server that these settings describe answers, for what watches over a container. */

import type { Invocation } from "../config/mod.ts";
import { printError } from "./print.ts";

const TIMEOUT_MS = 4000;

export async function healthcheckCommand({ config }: Invocation): Promise<number> {
  // Over standard streams there is nobody to ask: the process is alive as long as its client wants.
  if (config.server.transport === "stdio") return 0;
  const url = `http://${reachable(config.http.host)}:${config.http.port}/health`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    if (response.ok) return 0;
    printError(`${url} answers ${response.status}; see the server's log`);
  } catch (error) {
    printError(`${url} does not answer (${error instanceof Error ? error.message : error})`);
  }
  return 1;
}

/** Where a server listens that listens there: every address of a machine is none to call. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (/^\[?::\]?$/.test(host)) return "[::1]";
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
