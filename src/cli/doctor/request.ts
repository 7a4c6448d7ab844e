/** Asking the model server, as the server itself does, but once and not for long. */

import type { Config } from "../../config/mod.ts";
import { refusalIn } from "../../upstream/error_body.ts";
import { upstreamAt } from "../../credentials/tenants.ts";
import { scrub } from "../../shared/scrub.ts";
import { redact } from "../../telemetry/redact.ts";
import { reasonOf } from "./check_result.ts";
import { ownKey } from "./settings.ts";

export interface ServerReply {
  status: number;
  headers: Headers;
  text: string;
  /** When it was asked, in milliseconds since 1970. */
  askedMs: number;
  tookMs: number;
}

/** How long the model server may take for each question. */
const TIMEOUT_MS = 5000;

/** No answer. */
export interface NoReply {
  reason: string;
  /** The flag that would let Deno sendRequest. */
  missing?: string;
}

/** @param path what follows the base URL */
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
  const askedMs = Date.now();
  try {
    const response = await fetch(baseURL + path + query, {
      ...init,
      headers,
      // The key would go where a redirect leads.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const tookMs = Date.now() - askedMs;
    return { status: response.status, headers: response.headers, text, askedMs, tookMs };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      const { host } = new URL(baseURL);
      return { reason: "Deno may not call it", missing: `--allow-net=${host}` };
    }
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    return {
      reason: isTimeout ? `No answer within ${TIMEOUT_MS / 1000} s` : redact(reasonOf(error)),
    };
  }
}

/** What the server says of itself, in one line and without keys. */
export function errorTextOf({ status, text }: ServerReply, key: string | undefined): string {
  const { words } = refusalIn(text);
  const line = scrub(redact(words ?? `Status ${status}`), key).replaceAll(/\s+/g, " ");
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
