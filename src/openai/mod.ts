/** Credentials to SDK clients: one client each, whose Assistants calls the engine answers and all else the upstream. */

import type OpenAI from "openai";
import type { ClientOptions } from "openai";
import type { Caller, Engine, EngineRequest } from "../engine/mod.ts";
import { ApiError } from "../errors.ts";
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
  /** Breaks off what is under way at the upstream; end the engine's runs first. */
  close(): Promise<void>;
}

export interface ClientSettings extends UpstreamSettings {
  /** The upstream's address, or `offline:`. */
  OPENAI_BASE_URL: string;
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
  const baseURL = offline ? OFFLINE_BASE_URL : settings.OPENAI_BASE_URL;
  const upstream = createUpstream(settings);
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

  function createClient(Sdk: Sdk, { tenant, apiKey }: Credential): OpenAI {
    const hasKey = apiKey !== undefined || !needsKey;
    const caller: Caller = {
      tenant,
      upstream: () => hasKey ? Promise.resolve(client) : Promise.reject(missingKey()),
    };
    const ask: Fetch = hasKey
      ? (offline ? offlineFetch : upstream.fetch)
      : () => Promise.reject(missingKey());
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
      fetch: router(baseURL, ask, (request) => engine.fetch(request, caller)),
      // Where no key is needed, none is sent.
      defaultHeaders: apiKey === undefined ? { Authorization: null } : undefined,
    });
    return client;
  }

  return {
    of,
    close() {
      upstream.close();
      return Promise.resolve();
    },
  };
}

/** The SDK's `fetch`: the Assistants API goes to the engine, everything else to the model server. */
function router(
  baseURL: string,
  ask: Fetch,
  answer: (request: EngineRequest) => Promise<Response>,
): NonNullable<ClientOptions["fetch"]> {
  const { origin, pathname } = new URL(baseURL);
  const base = origin + pathname.replace(/\/$/, "");
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = url.startsWith(base) ? url.slice(base.length) : "";
    try {
      if (/^\/(assistants|threads)(?![^/?])/.test(path)) {
        return await answer(engineRequest(`http://engine${path}`, init));
      }
      return await ask(url, init);
    } catch (error) {
      if (init?.signal?.aborted) throw error;
      // An error that is thrown reaches the SDK's user as "Connection error.", an answer as what it is.
      return errorResponse(toApiError(error));
    }
  };
}

/** As much of a request as the engine reads; making a whole one is a tenth of a short call. */
function engineRequest(url: string, init: RequestInit = {}): EngineRequest {
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

function isOpenAi(baseURL: string): boolean {
  return /(^|\.)api\.openai\.com$/.test(new URL(baseURL).hostname);
}

function missingKey(): ApiError {
  return new ApiError(
    "There is no API key. Set OPENAI_API_KEY, or start with --offline to try without one.",
    { status: 401, code: "missing_api_key" },
  );
}
