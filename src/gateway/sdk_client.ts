/** The SDK, loaded with the first client and made to take nothing from the environment. */

import type OpenAI from "openai";
import type { ClientOptions } from "openai";
import { errorResponse } from "../shared/error_response.ts";
import type { Gateway } from "./gateway.ts";
import { toApiError } from "../upstream/errors.ts";

export type Sdk = new (options: ClientOptions) => OpenAI;

export interface SdkClientOptions {
  settings: { OPENAI_ORG_ID?: string; OPENAI_PROJECT_ID?: string; OPENAI_TIMEOUT_S: number };
  baseURL: string;
  apiKey: string | undefined;
  ways: Gateway;
}

/** The SDK's own time limit only has to come after ours. */
const TIMEOUT_MARGIN_MS = 60_000;

export async function loadSdk(): Promise<Sdk> {
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

export function createSdkClient(
  Sdk: Sdk,
  { settings, baseURL, apiKey, ways }: SdkClientOptions,
): OpenAI {
  return new Sdk({
    apiKey: apiKey ?? "none",
    adminAPIKey: null,
    organization: settings.OPENAI_ORG_ID ?? null,
    project: settings.OPENAI_PROJECT_ID ?? null,
    webhookSecret: null,
    baseURL,
    maxRetries: 0,
    timeout: Math.min(settings.OPENAI_TIMEOUT_S * 1000 + TIMEOUT_MARGIN_MS, 2 ** 31 - 1),
    logLevel: "off",
    fetch: fetchOf(baseURL, ways),
    // Where no key is needed, none is sent.
    defaultHeaders: apiKey === undefined ? { Authorization: null } : undefined,
  });
}

function fetchOf(baseURL: string, ways: Gateway): NonNullable<ClientOptions["fetch"]> {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = url.startsWith(baseURL) ? url.slice(baseURL.length) : "";
    try {
      return await ways(path, url, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      // An error that is thrown reaches the SDK's user as "Connection error.", an answer as what it is.
      return errorResponse(toApiError(error));
    }
  };
}
