/** The server: everything put together, until the client goes or a signal comes. */

import type { Config } from "../config/mod.ts";
import { createEngine } from "../engine/mod.ts";
import { Jobs } from "../jobs/mod.ts";
import { Calls, createInventory, type Service } from "../mcp/mod.ts";
import { createClients, type Credential, toApiError } from "../openai/mod.ts";
import { openStore } from "../store/mod.ts";
import { configureLog } from "../telemetry/log.ts";
import { tools } from "../tools/mod.ts";
import { serveOwnStdio } from "../transports/mod.ts";
import { printError } from "./print.ts";
import { nextSignal } from "./signals.ts";

/** @throws {FatalError} when the database or the address cannot be had */
export async function serve(config: Config): Promise<void> {
  configureLog({ level: config.LOG_LEVEL, json: config.ENVIRONMENT === "production" });
  const store = openStore(config.DATABASE_URL);
  const engine = createEngine({ store });
  const clients = createClients({ settings: config, engine });
  const jobs = new Jobs({ store, explain: toApiError });
  const service: Service = {
    inventory: createInventory(tools),
    clients,
    jobs,
    defaultModel: config.DEFAULT_MODEL,
    waitS: config.WAIT_S,
    calls: new Calls(),
  };
  const credential: Credential = { tenant: "default", apiKey: config.OPENAI_API_KEY };
  clients.adopt(credential);

  if (config.TRANSPORT === "stdio") await overStdio(service, credential);
  else await (await import("./serve_http.ts")).overHttp(config, service, credential);
  await engine.close();
  await jobs.close();
  await clients.close();
  await store.close();
}

async function overStdio(service: Service, credential: Credential): Promise<void> {
  if (Deno.stdin.isTerminal()) {
    printError("waiting for an MCP client on standard input; --help says what else there is");
  }
  using signal = nextSignal();
  const server = serveOwnStdio(service, credential);
  await Promise.race([server.closed, signal.received.then(() => server.close())]);
}
