/** Requests to the model server, like those of the server, but without retries and with a short time limit. */

import type { Config } from "../../config/mod.ts";
import { refusalIn } from "../../upstream/error_body.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { scrub } from "../../shared/scrub.ts";
import { redact } from "../../telemetry/redact.ts";
import { reasonOf } from "./check_result.ts";
import { ownKey } from "./settings.ts";

/** A response of the model server. */
export interface ServerReply {
  status: number;
  headers: Headers;
  text: string;
  /** Time of the request, in milliseconds since 1970. */
  sentAtMs: number;
  tookMs: number;
}

/** Time limit for a request. */
const TIMEOUT_MS = 5000;

/** Maximum length of an error text. */
const MAX_ERROR_LENGTH = 300;

/** A request without a response. */
export interface NoReply {
  reason: string;
  /** The permission flag that Deno requires for the request, if it is missing. */
  missingFlag?: string;
}

/**
 * Sends a request to the model server.
 *
 * @param path path after the base URL
 */
export async function sendRequest(
  config: Config,
  path: string,
  init: RequestInit = {},
): Promise<ServerReply | NoReply> {
  const { baseURL, search } = upstreamAt(config.upstream.baseUrl);
  const key = ownKey(config)?.key;
  const { organizationId, projectId } = config.upstream;
  const headers = {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(organizationId && { "openai-organization": organizationId }),
    ...(projectId && { "openai-project": projectId }),
    ...init.headers,
  };
  const query = path.includes("?") ? search.replace("?", "&") : search;
  const sentAtMs = Date.now();
  try {
    const response = await fetch(baseURL + path + query, {
      ...init,
      headers,
      // A redirect would send the key to its target.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const tookMs = Date.now() - sentAtMs;
    return { status: response.status, headers: response.headers, text, sentAtMs, tookMs };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      const { host } = new URL(baseURL);
      return { reason: "Deno lacks the permission", missingFlag: `--allow-net=${host}` };
    }
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    return {
      reason: isTimeout ? `No response within ${TIMEOUT_MS / 1000} s` : redact(reasonOf(error)),
    };
  }
}

/** Returns the error message of a response, in one line and without keys. */
export function errorTextOf({ status, text }: ServerReply, key: string | undefined): string {
  const { words } = refusalIn(text);
  const line = scrub(redact(words ?? `Status ${status}`), key).replaceAll(/\s+/g, " ");
  return line.length > MAX_ERROR_LENGTH ? `${line.slice(0, MAX_ERROR_LENGTH)}...` : line;
}
