/** The backend of the tools: the engine with its store, the clients of the model server, jobs and webhooks. */

import type { Config } from "../../config/mod.ts";
import { createEngine } from "../../engine/mod.ts";
import { Jobs } from "../../jobs/mod.ts";
import type { Backend as CallerBackend, Service } from "../../mcp/mod.ts";
import { type Clients, createClients, type Credential, toApiError } from "../../gateway/mod.ts";
import type { Store } from "../../store/mod.ts";
import { Webhooks } from "../../webhooks/mod.ts";
import { clientSettings } from "./options.ts";

/** The backend of all callers. */
export interface Backend {
  clients: Clients;
  /** Returns the backend of one caller. */
  of(credential: Credential): Promise<CallerBackend>;
  /** Releases the runs to other processes and stops everything else. Further calls have no effect. */
  close(): Promise<void>;
}

/** What a transport needs to serve callers. */
export interface ServeContext {
  service: Omit<Service, "backendOf">;
  /** The tenant and the key of callers that send no key. */
  ownCredential: Credential;
  /** Loads and opens the backend on the first call; returns the same backend afterwards. */
  backend(): Promise<Backend>;
}

/**
 * Creates the backend.
 *
 * @param store store of all objects, which the caller closes
 */
export function createBackend(config: Config, store: Store): Backend {
  const engine = createEngine({
    store,
    limits: config.limits,
    retentionDays: config.store.retentionDays,
  });
  const clients = createClients({ settings: clientSettings(config), engine });
  const jobs = new Jobs({ store, explain: toApiError });
  const webhooks = createWebhooks(config.webhooks, store);
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    await engine.close();
    await jobs.close();
    // After the engine, whose last events are delivered.
    await webhooks?.close();
    await clients.close();
  }

  return {
    clients,
    of: async (credential) => ({
      openai: await clients.of(credential),
      jobs: jobs.of(credential.tenant),
      saveFile: (file) => engine.keepFile(credential.tenant, file),
    }),
    close: () => closing ??= close(),
  };
}

function createWebhooks(
  { url, secret }: Config["webhooks"],
  store: Store,
): Webhooks | undefined {
  return url === undefined || secret === undefined
    ? undefined
    : new Webhooks({ store, url, secret });
}
