/** Credentials to SDK clients: one client each, whose Assistants calls the engine answers and all else the upstream. */

import { createHash } from "node:crypto";
import type OpenAI from "openai";
import { BoundedMap } from "../shared/bounded_map.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { Caller, Engine } from "../engine/mod.ts";
import {
  aliasesAt,
  type AliasSettings,
  isOpenAi,
  withAliases,
} from "../upstream/policies/model_aliases.ts";
import { type Api, createApi, forwardable } from "./openai_api.ts";
import { CallerKeys } from "../credentials/caller_keys.ts";
import type { Credential } from "../credentials/credential.ts";
import { hostedToolsOf, type HostedToolType } from "../upstream/capabilities.ts";
import { withImageAliases } from "../upstream/policies/image_model_aliases.ts";
import { createKeyCheck, type KeyCheck } from "../upstream/policies/key_check.ts";
import { createSdkClient, loadSdk, type Sdk } from "./sdk_client.ts";
import { TokenBudget } from "../upstream/policies/token_budget.ts";
import { createGateway, type Gateway, mayAsk, missingKey, withQuery } from "./gateway.ts";
import { offlineFetch } from "../offline/mod.ts";
import { upstreamAt } from "../credentials/tenants.ts";
import { createUpstream, type Fetch, type UpstreamSettings } from "../upstream/mod.ts";

export { aliasesAt, isOpenAi } from "../upstream/policies/model_aliases.ts";
export type { Api, ApiRequest } from "./openai_api.ts";
export type { Credential } from "../credentials/credential.ts";
export { isRetryable, toApiError } from "../upstream/errors.ts";

export interface Clients {
  /** The SDK client of a credential; the SDK is loaded with the first. */
  of(credential: Credential): Promise<OpenAI>;
  /** OpenAI's API for a program that calls it over HTTP. */
  apiOf(credential: Credential): Api;
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
  /** The tools that the model server runs by itself; by its address unless told. */
  UPSTREAM_TOOLS?: "auto" | readonly HostedToolType[];
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
const CACHED = 500;

export function createClients(
  { settings, engine, clock = systemClock }: ClientsOptions,
): Clients {
  const { offline, baseURL, search } = upstreamAt(settings.OPENAI_BASE_URL);
  const upstream = createUpstream(settings);
  const askUpstream = withImageAliases(
    withAliases(
      withQuery(offline ? offlineFetch : upstream.fetch, search),
      aliasesAt(settings),
    ),
    aliasesAt({ ...settings, DEFAULT_MODEL: undefined }),
  );
  const budget = settings.TOKENS_PER_DAY === undefined
    ? undefined
    : new TokenBudget(settings.TOKENS_PER_DAY, clock);
  const needsKey = isOpenAi(baseURL);
  const hasAssistants = settings.ASSISTANTS_BACKEND === "assistants";
  const hostedTools = hostedToolsOf(settings.UPSTREAM_TOOLS ?? "auto", baseURL);
  const clients = new BoundedMap<string, OpenAI>(CACHED);
  const apis = new BoundedMap<string, Api>(CACHED);
  let loading: Promise<Sdk> | undefined;

  async function of(credential: Credential): Promise<OpenAI> {
    const Sdk = await (loading ??= loadSdk());
    return kept(clients, credential, () => {
      const ways = gatewayOf(credential, askUpstream);
      return createSdkClient(Sdk, { settings, baseURL, apiKey: credential.apiKey, ways });
    });
  }

  function apiOf(credential: Credential): Api {
    return kept(apis, credential, () => {
      const ways = gatewayOf(credential, forwardable(askUpstream));
      const headers = headersOf(settings, credential);
      // Whoever leaves it out means this one.
      if (hasAssistants) headers["openai-beta"] = "assistants=v2";
      return createApi({ baseURL, ways, headers });
    });
  }

  function callerOf(credential: Credential): Caller {
    const { tenant, apiKey } = credential;
    return {
      tenant,
      upstreamId: fingerprint(baseURL + search, apiKey),
      upstream: () => mayAsk(credential, needsKey) ? of(credential) : Promise.reject(missingKey()),
      hostedTools,
    };
  }

  function gatewayOf(credential: Credential, ask: Fetch): Gateway {
    const caller = callerOf(credential);
    return createGateway({ credential, caller, engine, ask, needsKey, hasAssistants, budget });
  }

  const checkKey = createKeyCheck({
    // In a line of their own, in which guessed keys hold nobody up.
    fetch: (url, init) => askUpstream(url, init, "keys"),
    url: `${baseURL}/models`,
    headersOf: (apiKey) => headersOf(settings, { apiKey }),
  });
  const callerKeys = new CallerKeys({ upstream: baseURL + search, check: checkKey, clock });

  return {
    of,
    apiOf,
    credentialOf: (key) => callerKeys.credentialOf(key),
    admit: (key) => callerKeys.admit(key),
    checkKey,
    needsKey,
    adopt(credential) {
      if (!hasAssistants) engine.adopt(callerOf(credential));
    },
    close() {
      upstream.close();
      return Promise.resolve();
    },
  };
}

/** What a request has beside its content when no SDK client sends it. */
function headersOf(
  { OPENAI_ORG_ID, OPENAI_PROJECT_ID }: ClientSettings,
  { apiKey }: Pick<Credential, "apiKey">,
): Record<string, string> {
  return {
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    ...(OPENAI_ORG_ID && { "openai-organization": OPENAI_ORG_ID }),
    ...(OPENAI_PROJECT_ID && { "openai-project": OPENAI_PROJECT_ID }),
  };
}

/** The same for the same upstream and key in every process, and no way back to either. */
function fingerprint(baseURL: string, apiKey = ""): string {
  return createHash("sha256").update(`${baseURL}\n${apiKey}`).digest("hex");
}

/** What is kept of a credential, made where there is none. */
function kept<T>(all: BoundedMap<string, T>, { tenant, apiKey }: Credential, make: () => T): T {
  const key = `${tenant}\n${apiKey ?? ""}`;
  const value = all.get(key) ?? make();
  all.set(key, value);
  return value;
}
