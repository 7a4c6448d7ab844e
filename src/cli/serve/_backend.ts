/** What is behind the tools: the engine over its store, the way to the model server, and the jobs. */

import type { Config } from "../../config/mod.ts";
import { createEngine } from "../../engine/mod.ts";
import { Jobs } from "../../jobs/mod.ts";
import type { Backend as CallerBackend, Service } from "../../mcp/mod.ts";
import { type Clients, createClients, type Credential, toApiError } from "../../gateway/mod.ts";
import type { Store } from "../../store/mod.ts";
import { Webhooks } from "../../webhooks/mod.ts";
import { clientSettings } from "./options.ts";

export interface Backend {
  clients: Clients;
  of(credential: Credential): Promise<CallerBackend>;
  /** Leaves the runs to other processes, and ends what else is under way; once, however often it is called. */
  close(): Promise<void>;
}

/** What the transports share. */
export interface Server {
  service: Omit<Service, "backendOf">;
  /** Whose objects and whose key, where callers bring none. */
  ownKey: Credential;
  /** Loads and opens what is behind the tools, once. */
  backend(): Promise<Backend>;
}

/** @param store stays the caller's to close */
export function createBackend(config: Config, store: Store): Backend {
  const engine = createEngine({
    store,
    limits: { maxRuns: config.limits.maxRuns, maxRunsPerTenant: config.limits.maxRunsPerTenant },
    retentionDays: config.store.retentionDays,
  });
  const clients = createClients({ settings: clientSettings(config), engine });
  const jobs = new Jobs({ store, explain: toApiError });
  const webhooks = webhooksOf(config.webhooks, store);
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await engine.close();
    await jobs.close();
    // After the runs, whose ends are among the news.
    await webhooks?.close();
    await clients.close();
  }

  return {
    clients,
    of: async (credential) => ({
      openai: await clients.of(credential),
      jobs: jobs.of(credential.tenant),
      keepFile: (file) => engine.keepFile(credential.tenant, file),
    }),
    close: () => closing ??= close(),
  };
}

function webhooksOf({ url, secret }: Config["webhooks"], store: Store): Webhooks | undefined {
  return url === undefined || secret === undefined
    ? undefined
    : new Webhooks({ store, url, secret });
}
