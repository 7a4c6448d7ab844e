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
import { toolSelection } from "./options.ts";
import { printError } from "../print.ts";

export async function serveCommand({ config }: Invocation): Promise<number> {
  await serve(config);
  return 0;
}

/** @throws {FatalError} when the database or the address cannot be had */
async function serve(config: Config): Promise<void> {
  configureLog({ level: config.log.level, json: config.server.environment === "production" });
  if (config.tracing) await startTracing();
  const warning = ephemeralDataWarning(
    config.dataDir,
    Deno.build.standalone ? "/" : import.meta.dirname,
  );
  if (warning !== undefined) printError(warning);
  const inventory = await inventoryOf(config);
  const store = openStore(config.store.url, {
    runEvents: config.webhooks.url !== undefined,
  });
  const ownKey: Credential = { tenant: "default", apiKey: config.upstream.apiKey };

  let opened: Promise<Backend> | undefined;
  async function open(): Promise<Backend> {
    const { createBackend } = await import("./_backend.ts");
    const backend = createBackend(config, store);
    if (!config.auth.passthrough) backend.clients.adopt(ownKey);
    return backend;
  }

  const { confirmDeletes } = config.tools;
  const overHttp = config.server.transport !== "stdio";
  const server: Server = {
    service: {
      inventory,
      defaultModel: config.models.defaultModel,
      defaultImageModel: config.models.defaultImageModel,
      folders: {
        readable: overHttp ? undefined : config.folders.readable,
        images: config.folders.images,
      },
      waitS: config.tools.waitS,
      calls: new Calls(
        overHttp
          ? { maxCalls: config.limits.maxCalls, maxCallsPerTenant: config.limits.maxCallsPerTenant }
          : undefined,
      ),
      ...(confirmDeletes !== "off" && { confirmations: new Confirmations(confirmDeletes) }),
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
  const selection = toolSelection(config);
  const asked = config.tools.toolsets.some((name) => name !== "default") ||
    config.tools.exclude.length > 0;
  return asked
    ? createInventory([...defaultTools, ...await optIn()], selection)
    : createInventory(defaultTools, selection, optIn);
}

async function optIn(): Promise<readonly Tool[]> {
  return (await import("../../tools/opt_in_tools.ts")).optInTools;
}
