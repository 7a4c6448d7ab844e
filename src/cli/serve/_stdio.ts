/** The server over standard input and output: one caller, from the start to the end of the process. */

import type { Config } from "../../config/mod.ts";
import { ApiError } from "../../shared/errors.ts";
import type { Service } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
// Not by the door, which would load what HTTP needs.
import { serveOwnStdio } from "../../transports/stdio/mod.ts";
import { printError } from "../print.ts";
import type { Server } from "./_backend.ts";
import { listenForStopSignal } from "../signals.ts";

/** When what is behind the tools is loaded although nobody has called: runs may wait to be taken over. */
const IDLE_LOAD_MS = 1000;

export async function serveStdio(config: Config, server: Server): Promise<void> {
  if (Deno.stdin.isTerminal()) {
    printError("waiting for an MCP client on standard input; --help says what else there is");
  }
  using signal = listenForStopSignal();
  const { credential, backendOf } = await callerOf(config, server);
  const connection = serveOwnStdio({ ...server.service, backendOf }, credential);
  const timer = setTimeout(() => void server.backend(), IDLE_LOAD_MS);
  await Promise.race([connection.closed, signal.received.then(() => connection.close())]);
  clearTimeout(timer);
}

type Caller = Pick<Service, "backendOf"> & { credential: Credential };

/** Who is at the other end, and how their calls reach what is behind the tools. */
async function callerOf(config: Config, { ownKey, backend }: Server): Promise<Caller> {
  const backendOf = async (credential: Credential) => await (await backend()).of(credential);
  if (!config.auth.passthrough) return { credential: ownKey, backendOf };
  const key = config.auth.stdioKey;
  if (key === undefined) {
    return { credential: { tenant: "none" }, backendOf: () => Promise.reject(missingKey()) };
  }
  const { clients } = await backend();
  return {
    credential: clients.credentialOf(key),
    // Over stdio nobody can be refused at the door: each call asks whether the key is good.
    backendOf: async () => await backendOf(await clients.admit(key)),
  };
}

function missingKey(): ApiError {
  return new ApiError(
    "There is no API key. With MCP_CREDENTIALS_PASSTHROUGH over stdio, set HTTP_HEADER_X_OPENAI_API_KEY.",
    { status: 401, code: "missing_api_key" },
  );
}
