/** Guards that check Host, Origin and token of every request. */

import { createHash, timingSafeEqual } from "node:crypto";
import { httpError } from "../http_error.ts";

/** What requests must have. */
export interface GuardOptions {
  /** Host names in addition to loopback names, IP addresses and `host.docker.internal`. */
  allowedHosts: readonly string[];
  /** Origins of web pages that may send requests. */
  allowedOrigins: readonly string[];
  /** The bearer token that callers must send; undefined if the server requires none. */
  token: string | undefined;
}

/** Returns the response that rejects a request, or undefined to accept it. */
export type Guard = (request: Request) => Response | undefined;

/** Creates the guard against DNS rebinding and cross-origin requests, by Host and Origin. */
export function createSiteGuard(
  options: Pick<GuardOptions, "allowedHosts" | "allowedOrigins">,
): Guard {
  const hosts = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  const origins = new Set(options.allowedOrigins);
  return ({ headers }) => {
    const host = hostname(headers.get("host") ?? "");
    if (!isSafeHost(host) && !hosts.has(host)) {
      return httpError(
        403,
        "host_not_allowed",
        `The Host '${host}' is not allowed. Add it to ALLOWED_HOSTS on the server.`,
      );
    }
    const origin = headers.get("origin");
    if (origin !== null && !origins.has(origin)) {
      return httpError(
        403,
        "origin_not_allowed",
        `The Origin '${origin}' is not allowed. Add it to BACKEND_CORS_ORIGINS on the server.`,
      );
    }
    return undefined;
  };
}

/** Creates the guard that compares the bearer token. */
export function createTokenGuard({ token }: Pick<GuardOptions, "token">): Guard {
  if (token === undefined) return () => undefined;
  const expected = digest(token);
  return ({ headers }) => {
    // Digests have equal lengths, as `timingSafeEqual` requires.
    if (timingSafeEqual(digest(bearerOf(headers) ?? ""), expected)) return undefined;
    return httpError(
      401,
      "invalid_token",
      "The token is missing or wrong. Send the header 'Authorization: Bearer <MCP_AUTH_TOKEN>'.",
      CHALLENGE,
    );
  };
}

/** The headers of a 401. */
export const CHALLENGE = { "www-authenticate": 'Bearer realm="assistants-mcp"' };

/** Returns the bearer token of a request. */
export function bearerOf(headers: Headers): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** DNS cannot rebind an IP address, and these names always mean this machine. */
function isSafeHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "host.docker.internal" ||
    /^\[[0-9a-f:.]+\]$/.test(host) || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
