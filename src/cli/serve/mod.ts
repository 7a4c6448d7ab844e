/** The server: everything put together, until the client goes or a signal comes. */

import type { Config, Invocation } from "../../config/mod.ts";
import { Calls, Confirmations, createInventory, type Inventory } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { openStore } from "../../store/mod.ts";
import { configureLog, startTracing } from "../../telemetry/mod.ts";
import { defaultTools } from "../../tools/default_tools.ts";
import type { Tool } from "../../tools/define_tool.ts";
import type { Backend, Server } from "./_backend.ts";
import { ephemeralDataWarning } from "./_ephemeral_data_warning.ts";
import { printError } from "../print.ts";

export async function serveCommand({ config }: Invocation): Promise<number> {
  await serve(config);
  return 0;
}

/** @throws {FatalError} when the database or the address cannot be had */
async function serve(config: Config): Promise<void> {
  configureLog({ level: config.LOG_LEVEL, json: config.ENVIRONMENT === "production" });
  if (config.tracing) await startTracing();
  const warning = ephemeralDataWarning(
    config.dataDir,
    Deno.build.standalone ? "/" : import.meta.dirname,
  );
  if (warning !== undefined) printError(warning);
  const inventory = await inventoryOf(config);
  const store = openStore(config.DATABASE_URL, {
    runEvents: config.WEBHOOK_URL !== undefined,
  });
  const ownKey: Credential = { tenant: "default", apiKey: config.OPENAI_API_KEY };

  let opened: Promise<Backend> | undefined;
  async function open(): Promise<Backend> {
    const { createBackend } = await import("./_backend.ts");
    const backend = createBackend(config, store);
    if (!config.MCP_CREDENTIALS_PASSTHROUGH) backend.clients.adopt(ownKey);
    return backend;
  }

  const { CONFIRM_DELETES } = config;
  const overHttp = config.TRANSPORT !== "stdio";
  const server: Server = {
    service: {
      inventory,
      defaultModel: config.DEFAULT_MODEL,
      defaultImageModel: config.DEFAULT_IMAGE_MODEL,
      folders: {
        readable: overHttp ? undefined : config.FILE_DIRS,
        images: config.IMAGE_OUTPUT_DIR,
      },
      waitS: config.WAIT_S,
      calls: new Calls(
        overHttp
          ? { maxCalls: config.MAX_CALLS, maxCallsPerTenant: config.MAX_CALLS_PER_TENANT }
          : undefined,
      ),
      ...(CONFIRM_DELETES !== "off" && { confirmations: new Confirmations(CONFIRM_DELETES) }),
    },
    ownKey,
    backend: () => opened ??= open(),
  };
  if (overHttp) await (await import("./_http.ts")).serveHttp(config, server, store);
  else await (await import("./_stdio.ts")).serveStdio(config, server);
  await (await opened)?.close();
  await store.close();
}

/** Tools that have to be asked for are loaded where somebody does. */
async function inventoryOf(config: Config): Promise<Inventory> {
  const asked = config.TOOLSETS.some((name) => name !== "default") ||
    config.TOOLS_EXCLUDE.length > 0;
  return asked
    ? createInventory([...defaultTools, ...await optIn()], config)
    : createInventory(defaultTools, config, optIn);
}

async function optIn(): Promise<readonly Tool[]> {
  return (await import("../../tools/opt_in_tools.ts")).optInTools;
}
