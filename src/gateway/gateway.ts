/** The ways of a credential's requests: the Assistants API to whoever answers that, all else to the model server. */

import type { Caller, Engine, EngineRequest } from "../engine/mod.ts";
import { ApiError } from "../shared/errors.ts";
import {
  findRoute,
  isAssistantsPath,
  type OperationName,
  operationOf,
} from "../shared/openai_routes.ts";
import { assistantsApi, type AssistantsFetch } from "./assistants_upstream.ts";
import type { Credential } from "../credentials/credential.ts";
import type { TokenBudget } from "../upstream/policies/token_budget.ts";
import type { Fetch } from "../upstream/mod.ts";

export interface GatewayOptions {
  credential: Credential;
  /** What the engine knows the credential by. */
  caller: Caller;
  engine: Engine;
  /** The way to the model server, for everybody. */
  ask: Fetch;
  /** Whether the model server answers nobody without a key. */
  needsKey: boolean;
  /** Whether the model server serves the Assistants API itself. */
  hasAssistants: boolean;
  budget: TokenBudget | undefined;
}

/**
 * Answers a request as it is, its key included.
 *
 * @param path the part of the URL below the base, with its query
 * @throws {ApiError} where there is no answer to pass on
 */
export type Gateway = (path: string, url: string, init: RequestInit) => Promise<Response>;

export function createGateway(options: GatewayOptions): Gateway {
  const { credential, caller, engine, budget } = options;
  const { tenant } = credential;
  const askInLine: Fetch = mayAsk(credential, options.needsKey)
    ? (url, init) => options.ask(url, init, tenant)
    : () => Promise.reject(missingKey());
  const ask = budget?.counting(askInLine, tenant) ?? askInLine;
  const assistants: AssistantsFetch = options.hasAssistants
    ? assistantsApi(ask)
    : async (path, _, init) => {
      // A run that could not ask is better not begun.
      if (budget !== undefined && startsModel(operationOf(init.method ?? "GET", path))) {
        budget.check(tenant);
      }
      return await engine.fetch(engineRequest(`http://engine${path}`, init), caller);
    };
  const files: Gateway = async (path, url, init) => {
    const request = { method: init.method ?? "GET", url: `http://engine${path}` };
    const kept = await engine.fetchFile(request, caller);
    return kept ?? await ask(url, init);
  };
  return (path, url, init) => {
    if (isAssistantsPath(path)) return assistants(path, url, init);
    // What runs and image tools have produced is kept here.
    return findRoute(path)?.route.api === "files" ? files(path, url, init) : ask(url, init);
  };
}

export function mayAsk({ apiKey }: Credential, needsKey: boolean): boolean {
  return apiKey !== undefined || !needsKey;
}

export function missingKey(): ApiError {
  return new ApiError(
    "There is no API key. Set OPENAI_API_KEY, or start with --offline to try without one.",
    { status: 401, code: "missing_api_key" },
  );
}

/** Sends a query along that every request of this server needs, such as its API version. */
export function withQuery(ask: Fetch, search: string): Fetch {
  if (search === "") return ask;
  return (url, init, tenant) =>
    ask(url + (url.includes("?") ? search.replace("?", "&") : search), init, tenant);
}

function startsModel(operation: OperationName | undefined): boolean {
  return operation === "createRun" || operation === "createThreadAndRun" ||
    operation === "submitToolOutputs";
}

/** As much of a request as the engine reads; making a whole one is a tenth of a short call. */
function engineRequest(url: string, init: RequestInit): EngineRequest {
  const { method = "GET", headers, body, signal } = init;
  if (!(headers instanceof Headers) || !signal || body && typeof body !== "string") {
    return new Request(url, init);
  }
  return { method, url, headers, signal, text: () => Promise.resolve(body || "") };
}
