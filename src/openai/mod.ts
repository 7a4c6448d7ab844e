/** Credentials to SDK clients: one client each, whose Assistants calls the engine answers and all else the upstream. */

import { createHash } from "node:crypto";
import type OpenAI from "openai";
import type { ClientOptions } from "openai";
import type { Caller, Engine, EngineRequest } from "../engine/mod.ts";
import { ApiError } from "../errors.ts";
import { aliasesAt, type AliasSettings, isOpenAi, withAliases } from "./_aliases.ts";
import { assistantsApi, type AssistantsFetch } from "./_assistants_api.ts";
import { errorResponse } from "./_error_response.ts";
import { toApiError } from "./errors.ts";
import { offlineFetch } from "./offline.ts";
import { createUpstream, type Fetch, type UpstreamSettings } from "./upstream.ts";

export { isRetryable, toApiError } from "./errors.ts";

/** Who is calling: the tenant whose objects they see, and the key that pays. */
export interface Credential {
  tenant: string;
  /** Undefined where the upstream needs none, or none is set. */
  apiKey?: string;
}

export interface Clients {
  /** The SDK client of a credential; the SDK is loaded with the first. */
  of(credential: Credential): Promise<OpenAI>;
  /** Lets the engine look after what a process which is gone has left of a credential's runs. */
  adopt(credential: Credential): void;
  /** Breaks off what is under way at the upstream; end the engine's runs first. */
  close(): Promise<void>;
}

export interface ClientSettings extends UpstreamSettings, AliasSettings {
  /** The upstream's address, whose query goes with every request; or `offline:`. */
  OPENAI_BASE_URL: string;
  /** Who answers the Assistants API: the engine unless told, or the upstream. */
  ASSISTANTS_BACKEND?: "responses" | "assistants";
  OPENAI_ORG_ID?: string;
  OPENAI_PROJECT_ID?: string;
}

export interface ClientsOptions {
  settings: ClientSettings;
  /** Stays the caller's to close. */
  engine: Engine;
}

/** Clients beyond this number, longest unused first, are made anew when their credential comes again. */
const CACHED_CLIENTS = 500;

const OFFLINE_BASE_URL = "http://offline.invalid/v1";

/** The SDK's own time limit only has to come after ours. */
const SDK_TIMEOUT_MARGIN_MS = 60_000;

export function createClients({ settings, engine }: ClientsOptions): Clients {
  const offline = settings.OPENAI_BASE_URL.startsWith("offline:");
  const { origin, pathname, search } = new URL(
    offline ? OFFLINE_BASE_URL : settings.OPENAI_BASE_URL,
  );
  const baseURL = origin + pathname.replace(/\/$/, "");
  const upstream = createUpstream(settings);
  const askUpstream = withAliases(
    withQuery(offline ? offlineFetch : upstream.fetch, search),
    aliasesAt(settings),
  );
  const needsKey = isOpenAi(baseURL);
  const cache = new Map<string, OpenAI>();
  let loading: Promise<Sdk> | undefined;

  async function of(credential: Credential): Promise<OpenAI> {
    const Sdk = await (loading ??= loadSdk());
    const key = `${credential.tenant}\n${credential.apiKey ?? ""}`;
    const client = cache.get(key) ?? createClient(Sdk, credential);
    // Set anew, it is the last of the map, and the first is the one unused for longest.
    cache.delete(key);
    cache.set(key, client);
    if (cache.size > CACHED_CLIENTS) {
      const [oldest = ""] = cache.keys();
      cache.delete(oldest);
    }
    return client;
  }

  function callerOf(credential: Credential): Caller {
    const { tenant, apiKey } = credential;
    return {
      tenant,
      upstreamId: fingerprint(baseURL + search, apiKey),
      upstream: () => mayAsk(credential) ? of(credential) : Promise.reject(missingKey()),
    };
  }

  function mayAsk({ apiKey }: Credential): boolean {
    return apiKey !== undefined || !needsKey;
  }

  function createClient(Sdk: Sdk, credential: Credential): OpenAI {
    const { apiKey } = credential;
    const caller = callerOf(credential);
    const ask: Fetch = mayAsk(credential) ? askUpstream : () => Promise.reject(missingKey());
    const assistants: AssistantsFetch = settings.ASSISTANTS_BACKEND === "assistants"
      ? assistantsApi(ask)
      : (path, _, init) => engine.fetch(engineRequest(`http://engine${path}`, init), caller);
    const client = new Sdk({
      apiKey: apiKey ?? "none",
      adminAPIKey: null,
      organization: settings.OPENAI_ORG_ID ?? null,
      project: settings.OPENAI_PROJECT_ID ?? null,
      webhookSecret: null,
      baseURL,
      maxRetries: 0,
      timeout: Math.min(settings.OPENAI_TIMEOUT_S * 1000 + SDK_TIMEOUT_MARGIN_MS, 2 ** 31 - 1),
      logLevel: "off",
      fetch: router(baseURL, ask, assistants),
      // Where no key is needed, none is sent.
      defaultHeaders: apiKey === undefined ? { Authorization: null } : undefined,
    });
    return client;
  }

  return {
    of,
    adopt(credential) {
      if (settings.ASSISTANTS_BACKEND !== "assistants") engine.adopt(callerOf(credential));
    },
    close() {
      upstream.close();
      return Promise.resolve();
    },
  };
}

/** The SDK's `fetch`: the Assistants API goes where that is answered, everything else to the model server. */
function router(
  baseURL: string,
  ask: Fetch,
  assistants: AssistantsFetch,
): NonNullable<ClientOptions["fetch"]> {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = url.startsWith(baseURL) ? url.slice(baseURL.length) : "";
    try {
      if (/^\/(assistants|threads)(?![^/?])/.test(path)) return await assistants(path, url, init);
      return await ask(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      // An error that is thrown reaches the SDK's user as "Connection error.", an answer as what it is.
      return errorResponse(toApiError(error));
    }
  };
}

/** Sends a query along that every request of this server needs, such as its API version. */
function withQuery(ask: Fetch, search: string): Fetch {
  if (search === "") return ask;
  return (url, init) => ask(url + (url.includes("?") ? search.replace("?", "&") : search), init);
}

/** As much of a request as the engine reads; making a whole one is a tenth of a short call. */
function engineRequest(url: string, init: RequestInit): EngineRequest {
  const { method = "GET", headers, body, signal } = init;
  if (!(headers instanceof Headers) || !signal || body && typeof body !== "string") {
    return new Request(url, init);
  }
  return { method, url, headers, signal, text: () => Promise.resolve(body || "") };
}

type Sdk = new (options: ClientOptions) => OpenAI;

/** The SDK's client, made to take nothing from the environment. */
async function loadSdk(): Promise<Sdk> {
  const { OpenAI: Sdk } = await import("openai");
  // The name of the class is what the SDK calls itself upstream.
  return class OpenAI extends Sdk {
    constructor(options: ClientOptions) {
      super(options);
      // The SDK adds OPENAI_CUSTOM_HEADERS whatever it is told; they could replace a caller's key.
      this._options.defaultHeaders = options.defaultHeaders;
    }
  };
}

/** The same for the same upstream and key in every process, and no way back to either. */
function fingerprint(baseURL: string, apiKey = ""): string {
  return createHash("sha256").update(`${baseURL}\n${apiKey}`).digest("hex");
}

function missingKey(): ApiError {
  return new ApiError(
    "There is no API key. Set OPENAI_API_KEY, or start with --offline to try without one.",
    { status: 401, code: "missing_api_key" },
  );
}
