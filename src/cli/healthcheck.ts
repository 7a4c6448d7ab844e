/** `healthcheck`: checks whether the server with these settings responds, for container supervisors. */

import type { Invocation } from "../config/mod.ts";
import { printError } from "./print.ts";

const TIMEOUT_MS = 4000;

/** Runs `healthcheck`; returns 1 if the server does not respond with a success status. */
export async function healthcheckCommand({ config }: Invocation): Promise<number> {
  // A server over stdio has no endpoint; its client supervises the process.
  if (config.server.transport === "stdio") return 0;
  const url = `http://${connectHost(config.http.host)}:${config.http.port}/health`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    if (response.ok) return 0;
    printError(`${url} responds with status ${response.status}; see the server's log`);
  } catch (error) {
    printError(`${url} does not respond (${error instanceof Error ? error.message : error})`);
  }
  return 1;
}

/** Returns the host to connect to, for a server that may listen on all addresses. */
function connectHost(listenHost: string): string {
  if (listenHost === "0.0.0.0") return "127.0.0.1";
  if (/^\[?::\]?$/.test(listenHost)) return "[::1]";
  return listenHost.includes(":") && !listenHost.startsWith("[") ? `[${listenHost}]` : listenHost;
}
