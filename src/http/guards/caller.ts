/** Who is calling: one function from a request to a credential or a refusal, for every route. */

import { type Clients, type Credential, toApiError } from "../../gateway/mod.ts";
import type { IsAdmitted } from "../../transports/mod.ts";
import { bearerOf, CHALLENGE, createTokenGuard } from "./site.ts";
import { errorResponse, httpError } from "../http_error.ts";

/** Whose key is spent: the server's own, or that of each caller. */
export type CallerRules = OwnKey | CallersKeys;

interface OwnKey {
  keys: "own";
  credential: Credential;
  /** The bearer token that callers show; undefined where none is asked for. */
  token: string | undefined;
}

interface CallersKeys {
  keys: "callers";
  admit: Clients["admit"];
  /** Whether a key may stand in the address. */
  inUrl: boolean;
}

/**
 * The credential of a request, or the answer that refuses it.
 *
 * @param urlKey what stands in the address of a route that has a place for a key
 */
export type FindCaller = (
  request: Request,
  urlKey?: string,
) => Credential | Response | Promise<Credential | Response>;

export function createFindCaller(rules: CallerRules): FindCaller {
  return rules.keys === "own" ? byToken(rules) : byKey(rules);
}

/** Whether a caller who was let in may still come in: a token lasts as long as the server, a key may be revoked. */
export function createIsAdmitted(rules: CallerRules): IsAdmitted | undefined {
  if (rules.keys === "own") return undefined;
  return async ({ apiKey = "" }) => {
    try {
      await rules.admit(apiKey);
      return true;
    } catch (error) {
      return toApiError(error).status !== 401;
    }
  };
}

function byToken({ credential, token }: OwnKey): FindCaller {
  const guard = createTokenGuard({ token });
  return (request) => guard(request) ?? credential;
}

function byKey({ admit, inUrl }: CallersKeys): FindCaller {
  return ({ headers }, urlKey) => {
    const key = headers.get("x-openai-api-key") || openaiKey(headers) || (inUrl ? urlKey : "");
    if (!key) return missingKey(inUrl);
    try {
      const admitted = admit(key);
      return admitted instanceof Promise ? admitted.catch(refuse) : admitted;
    } catch (error) {
      return refuse(error);
    }
  };
}

/** A bearer token that is meant for something else is no key. */
function openaiKey(headers: Headers): string | undefined {
  const token = bearerOf(headers);
  return token?.startsWith("sk-") ? token : undefined;
}

function refuse(error: unknown): Response {
  const refusal = toApiError(error);
  return errorResponse(refusal, refusal.status === 401 ? CHALLENGE : {});
}

function missingKey(inUrl: boolean): Response {
  const address = inUrl ? ", or call /mcp/{key}" : "";
  return httpError(
    401,
    "missing_api_key",
    "Each caller brings an OpenAI API key here. Send the header 'X-OpenAI-API-Key: <key>' or " +
      `'Authorization: Bearer sk-...'${address}.`,
    CHALLENGE,
  );
}
