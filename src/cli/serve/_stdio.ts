/** Serving over stdio: one caller for the lifetime of the process. */

import type { Config } from "../../config/mod.ts";
import { ApiError } from "../../shared/errors.ts";
import type { Service } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
// Not from transports/mod.ts, which would load the HTTP transports.
import { serveOwnStdio } from "../../transports/stdio/mod.ts";
import { printError } from "../print.ts";
import type { ServeContext } from "./_backend.ts";
import { listenForStopSignal } from "../signals.ts";

/** Delay before the backend is loaded without a call, because runs may wait for a takeover. */
const IDLE_LOAD_MS = 1000;

/** Serves one client until it disconnects or a stop signal arrives. */
export async function serveStdio(config: Config, context: ServeContext): Promise<void> {
  if (Deno.stdin.isTerminal()) {
    printError("waiting for an MCP client on standard input; see --help for other commands");
  }
  using signal = listenForStopSignal();
  const { credential, backendOf } = await callerOf(config, context);
  const connection = serveOwnStdio({ ...context.service, backendOf }, credential);
  const timer = setTimeout(() => void context.backend(), IDLE_LOAD_MS);
  await Promise.race([connection.closed, signal.received.then(() => connection.close())]);
  clearTimeout(timer);
}

type Caller = Pick<Service, "backendOf"> & { credential: Credential };

/** Returns the caller's credential, and the access to its backend. */
async function callerOf(
  config: Config,
  { ownCredential, backend }: ServeContext,
): Promise<Caller> {
  const backendOf = async (credential: Credential) => await (await backend()).of(credential);
  if (!config.auth.passthrough) return { credential: ownCredential, backendOf };
  const key = config.auth.stdioKey;
  if (key === undefined) {
    return { credential: { tenant: "none" }, backendOf: () => Promise.reject(missingKey()) };
  }
  const { clients } = await backend();
  return {
    credential: clients.credentialOf(key),
    // Stdio has no request to refuse, so each call checks the key.
    backendOf: async () => await backendOf(await clients.admit(key)),
  };
}

function missingKey(): ApiError {
  return new ApiError(
    "There is no API key. With MCP_CREDENTIALS_PASSTHROUGH over stdio, set HTTP_HEADER_X_OPENAI_API_KEY.",
    { status: 401, code: "missing_api_key" },
  );
}
