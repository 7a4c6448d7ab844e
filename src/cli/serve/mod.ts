/** `serve`: assembles the server and runs it until its client disconnects or a stop signal arrives. */

import type { Config, Invocation } from "../../config/mod.ts";
import { ActiveCalls, Confirmations, createInventory, type Inventory } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { openStore } from "../../store/mod.ts";
import { configureLog, startTracing } from "../../telemetry/mod.ts";
import { defaultTools } from "../../tools/default_tools.ts";
import type { Tool } from "../../tools/define_tool.ts";
import type { Backend, ServeContext } from "./_backend.ts";
import { ephemeralDataWarning } from "./_ephemeral_data_warning.ts";
import { printError } from "../print.ts";

/** Runs `serve`. */
export async function serveCommand({ config }: Invocation): Promise<number> {
  await serve(config);
  return 0;
}

/** @throws {FatalError} as a rejection, for an unusable database or address */
async function serve(config: Config): Promise<void> {
  configureLog({
    level: config.log.level,
    json: config.server.environment === "production",
  });
  if (config.tracing) await startTracing();
  const warning = ephemeralDataWarning(
    config.dataDir,
    Deno.build.standalone ? "/" : import.meta.dirname,
  );
  if (warning !== undefined) printError(warning);
  const inventory = await loadInventory(config);
  const store = openStore(config.store.url, { runEvents: config.webhooks.url !== undefined });
  const ownCredential: Credential = { tenant: "default", apiKey: config.upstream.apiKey };

  let opened: Promise<Backend> | undefined;
  async function open(): Promise<Backend> {
    const { createBackend } = await import("./_backend.ts");
    const backend = createBackend(config, store);
    if (!config.auth.passthrough) backend.clients.adopt(ownCredential);
    return backend;
  }

  const { confirmDeletes } = config.tools;
  const isOverHttp = config.server.transport !== "stdio";
  const context: ServeContext = {
    service: {
      inventory,
      defaultModel: config.models.defaultModel,
      defaultImageModel: config.models.defaultImageModel,
      folders: {
        readable: isOverHttp ? undefined : config.folders.readable,
        images: config.folders.images,
      },
      waitS: config.tools.waitS,
      calls: new ActiveCalls(isOverHttp ? config.limits : undefined),
      ...(confirmDeletes !== "off" && { confirmations: new Confirmations(confirmDeletes) }),
    },
    ownCredential,
    backend: () => opened ??= open(),
  };
  if (isOverHttp) await (await import("./_http.ts")).serveHttp(config, context, store);
  else await (await import("./_stdio.ts")).serveStdio(config, context);
  await (await opened)?.close();
  await store.close();
}

/** Loads the default tools, and the opt-in tools if a setting names any tools or toolsets. */
async function loadInventory(config: Config): Promise<Inventory> {
  const { toolsets, excludedTools } = config.tools;
  const needsAll = toolsets.some((name) => name !== "default") || excludedTools.length > 0;
  return needsAll
    ? createInventory([...defaultTools, ...await loadOptInTools()], config.tools)
    : createInventory(defaultTools, config.tools, loadOptInTools);
}

async function loadOptInTools(): Promise<readonly Tool[]> {
  return (await import("../../tools/opt_in_tools.ts")).optInTools;
}
