/** Credentials to SDK clients: one client each, whose Assistants calls the engine answers and all else the upstream. */

import { createHash } from "node:crypto";
import type OpenAI from "openai";
import type { ClientOptions } from "openai";
import { BoundedMap } from "../bounded_map.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { Caller, Engine, EngineRequest } from "../engine/mod.ts";
import { ApiError } from "../errors.ts";
import { aliasesAt, type AliasSettings, isOpenAi, withAliases } from "./_aliases.ts";
import { assistantsApi, type AssistantsFetch } from "./_assistants_api.ts";
import { CallerKeys } from "./_caller_keys.ts";
import { createKeyCheck, type KeyCheck } from "./_key_check.ts";
import { errorResponse } from "./_error_response.ts";
import { toApiError } from "./errors.ts";
import { TokenBudget } from "./_token_budget.ts";
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
  /** The credential that a caller's key makes, whether it is good or not. */
  credentialOf(key: string): Credential;
  /**
   * The credential of a key that a caller brings, the same object for as long as it is known; the
   * model server is asked about the key at first and every five minutes.
   *
   * @throws {ApiError} 401 for what is no key or is refused, 502 where nobody can say
   */
  admit(key: string): Credential | Promise<Credential>;
  /** Asks the model server about a key, or without one whether it is there. */
  checkKey: KeyCheck;
  /** Whether the model server answers nobody without a key. */
  readonly needsKey: boolean;
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
  /** How many tokens a tenant may use in a day; as many as it likes unless told. */
  TOKENS_PER_DAY?: number;
}

export interface ClientsOptions {
  settings: ClientSettings;
  /** Stays the caller's to close. */
  engine: Engine;
  /** The machine's own unless told. */
  clock?: Clock;
}

/** Clients beyond this number, longest unused first, are made anew when their credential comes again. */
const CACHED_CLIENTS = 500;

const OFFLINE_BASE_URL = "http://offline.invalid/v1";

/** The SDK's own time limit only has to come after ours. */
const SDK_TIMEOUT_MARGIN_MS = 60_000;

export function createClients(
  { settings, engine, clock = systemClock }: ClientsOptions,
): Clients {
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
  const budget = settings.TOKENS_PER_DAY === undefined
    ? undefined
    : new TokenBudget(settings.TOKENS_PER_DAY, clock);
  const needsKey = isOpenAi(baseURL);
  const cache = new BoundedMap<string, OpenAI>(CACHED_CLIENTS);
  let loading: Promise<Sdk> | undefined;

  async function of(credential: Credential): Promise<OpenAI> {
    const Sdk = await (loading ??= loadSdk());
    const key = `${credential.tenant}\n${credential.apiKey ?? ""}`;
    const client = cache.get(key) ?? createClient(Sdk, credential);
    cache.set(key, client);
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
    const { apiKey, tenant } = credential;
    const caller = callerOf(credential);
    const askInLine: Fetch = mayAsk(credential)
      ? (url, init) => askUpstream(url, init, tenant)
      : () => Promise.reject(missingKey());
    const ask = budget?.counting(askInLine, tenant) ?? askInLine;
    const assistants: AssistantsFetch = settings.ASSISTANTS_BACKEND === "assistants"
      ? assistantsApi(ask)
      : async (path, _, init) => {
        // A run that could not ask is better not begun.
        if (init.method === "POST" && /\/(runs|submit_tool_outputs)$/.test(path)) {
          budget?.check(tenant);
        }
        return await engine.fetch(engineRequest(`http://engine${path}`, init), caller);
      };
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

  const checkKey = createKeyCheck({
    // In a line of their own, in which guessed keys hold nobody up.
    fetch: (url, init) => askUpstream(url, init, "keys"),
    url: `${baseURL}/models`,
    headers: headersOf(settings),
  });
  const callerKeys = new CallerKeys({ upstream: baseURL + search, check: checkKey, clock });

  return {
    of,
    credentialOf: (key) => callerKeys.credentialOf(key),
    admit: (key) => callerKeys.admit(key),
    checkKey,
    needsKey,
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

/** What a request has beside its key when no SDK client sends it. */
function headersOf({ OPENAI_ORG_ID, OPENAI_PROJECT_ID }: ClientSettings): Record<string, string> {
  return {
    ...(OPENAI_ORG_ID && { "openai-organization": OPENAI_ORG_ID }),
    ...(OPENAI_PROJECT_ID && { "openai-project": OPENAI_PROJECT_ID }),
  };
}

/** Sends a query along that every request of this server needs, such as its API version. */
function withQuery(ask: Fetch, search: string): Fetch {
  if (search === "") return ask;
  return (url, init, tenant) =>
    ask(url + (url.includes("?") ? search.replace("?", "&") : search), init, tenant);
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
