/** Whether the model server takes a key: it is asked for its models, which costs nothing. */

import { ApiError } from "../../shared/errors.ts";
import { parseJson } from "../../shared/json.ts";
import { scrub } from "../../shared/scrub.ts";
import { toApiError } from "../errors.ts";
import type { Fetch } from "../mod.ts";

export interface KeyCheckOptions {
  fetch: Fetch;
  /** Where the models are listed. */
  url: string;
  /** What a request with a key has. */
  headersOf(key: string | undefined): Record<string, string>;
}

/** Resolves to nothing for a key that is taken: 401 where it is refused, 502 where nobody can say. */
export type KeyCheck = (key: string | undefined) => Promise<ApiError | undefined>;

/** How long the model server may take to say. */
const TIMEOUT_MS = 15_000;

export function createKeyCheck({ fetch, url, headersOf }: KeyCheckOptions): KeyCheck {
  return async (key) => {
    try {
      const response = await fetch(url, {
        headers: headersOf(key),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.status === 401) return refused(response, text, key);
      // A key that may not list the models, or whose server cannot, is a key all the same.
      return response.status < 500 ? undefined : unknowable(`status ${response.status}`);
    } catch (error) {
      return unknowable(toApiError(error).message);
    }
  };
}

function refused(response: Response, text: string, key: string | undefined): ApiError {
  return new ApiError(scrub(wordsOf(text) ?? "The model server does not accept the key.", key), {
    status: 401,
    code: "invalid_api_key",
    requestId: response.headers.get("x-request-id") ?? undefined,
  });
}

function wordsOf(text: string): string | undefined {
  const { error } = Object(parseJson(text));
  return typeof error?.message === "string" ? error.message : undefined;
}

function unknowable(reason: string): ApiError {
  return new ApiError(
    `The key could not be checked at the model server (${reason}). Try again in a moment.`,
    { status: 502, type: "server_error", code: "key_not_checked" },
  );
}
