/** Identifies callers: returns the credential of a request, or the response that rejects it. */

import { type Clients, type Credential, toApiError } from "../../gateway/mod.ts";
import type { IsAdmitted } from "../../transports/mod.ts";
import { bearerOf, CHALLENGE, createTokenGuard } from "./site.ts";
import { errorResponse, httpError } from "../http_error.ts";

/** Whose API key requests use: the server's own, or that of each caller. */
export type CallerRules = OwnKey | CallersKeys;

interface OwnKey {
  keys: "own";
  credential: Credential;
  /** The bearer token that callers must send; undefined if the server requires none. */
  token: string | undefined;
}

interface CallersKeys {
  keys: "callers";
  admit: Clients["admit"];
  /** Whether the path may contain the key. */
  inUrl: boolean;
}

/**
 * Returns the credential of a request, or the response that rejects it.
 *
 * @param urlKey the key in the path, on routes that may have one
 */
export type FindCaller = (
  request: Request,
  urlKey?: string,
) => Credential | Response | Promise<Credential | Response>;

/** Creates the function that identifies callers. */
export function createFindCaller(rules: CallerRules): FindCaller {
  return rules.keys === "own" ? byToken(rules) : byKey(rules);
}

/** Creates the check of callers with open streams. Undefined with a token, which cannot be revoked. */
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
      return admitted instanceof Promise ? admitted.catch(reject) : admitted;
    } catch (error) {
      return reject(error);
    }
  };
}

/** Returns the bearer token if it is an OpenAI key; it may be meant for something else. */
function openaiKey(headers: Headers): string | undefined {
  const token = bearerOf(headers);
  return token?.startsWith("sk-") ? token : undefined;
}

function reject(cause: unknown): Response {
  const error = toApiError(cause);
  return errorResponse(error, error.status === 401 ? CHALLENGE : {});
}

function missingKey(inUrl: boolean): Response {
  const address = inUrl ? ", or call /mcp/{key}" : "";
  return httpError(
    401,
    "missing_api_key",
    "Each caller needs an OpenAI API key. Send the header 'X-OpenAI-API-Key: <key>' or " +
      `'Authorization: Bearer sk-...'${address}.`,
    CHALLENGE,
  );
}
