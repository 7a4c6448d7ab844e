/** What is behind the tools: the engine over its store, the way to the model server, and the jobs. */

import type { Config } from "../config/mod.ts";
import { createEngine } from "../engine/mod.ts";
import { Jobs } from "../jobs/mod.ts";
import type { Backend as CallerBackend, Service } from "../mcp/mod.ts";
import { type Clients, createClients, type Credential, toApiError } from "../openai/mod.ts";
import type { Store } from "../store/mod.ts";

export interface Backend {
  clients: Clients;
  of(credential: Credential): Promise<CallerBackend>;
  /** Leaves the runs to other processes, and ends what else is under way. */
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
  const engine = createEngine({ store });
  const clients = createClients({ settings: config, engine });
  const jobs = new Jobs({ store, explain: toApiError });
  return {
    clients,
    of: async (credential) => ({
      openai: await clients.of(credential),
      jobs: jobs.of(credential.tenant),
    }),
    async close() {
      await engine.close();
      await jobs.close();
      await clients.close();
    },
  };
}
