/** Who may come in over HTTP: the right Host, no foreign Origin, and the token where there is one. */

import { createHash, timingSafeEqual } from "node:crypto";
import { httpError } from "../http_error.ts";

export interface GuardOptions {
  /** Host names beside loopback names, IP addresses and `host.docker.internal`. */
  allowedHosts: readonly string[];
  /** Origins of web pages that may call. */
  allowedOrigins: readonly string[];
  /** The bearer token that callers show; undefined where none is asked for. */
  token: string | undefined;
}

/** Answers what may not come in; undefined lets it pass. */
export type Guard = (request: Request) => Response | undefined;

/** Host and Origin: against pages that a browser was tricked into letting at this server. */
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

/** The bearer token. */
export function createTokenGuard({ token }: Pick<GuardOptions, "token">): Guard {
  if (token === undefined) return () => undefined;
  const expected = digest(token);
  return ({ headers }) => {
    // Of digests, whose lengths are the same and whose differences say nothing.
    if (timingSafeEqual(digest(bearerOf(headers) ?? ""), expected)) return undefined;
    return httpError(
      401,
      "invalid_token",
      "The token is missing or wrong. Send the header 'Authorization: Bearer <MCP_AUTH_TOKEN>'.",
      CHALLENGE,
    );
  };
}

/** What a 401 asks for. */
export const CHALLENGE = { "www-authenticate": 'Bearer realm="assistants-mcp"' };

/** The bearer token of a request. */
export function bearerOf(headers: Headers): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}

/** A literal address cannot be rebound by DNS, and these names never leave the machine. */
function isSafeHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "host.docker.internal" ||
    /^\[[0-9a-f:.]+\]$/.test(host) || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
