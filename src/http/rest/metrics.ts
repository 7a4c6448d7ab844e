/** GET /metrics: for programs on this machine, and for whoever shows the token. */

import { METRICS_TYPE, metricsText } from "../../telemetry/mod.ts";
import { createTokenGuard, type GuardOptions } from "../guards/site.ts";
import { httpError } from "../http_error.ts";

/** What a proxy adds, behind which everybody comes from the proxy's address. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip"];

/** Answers a request from an address, which is undefined where there is no socket. */
export function createMetricsRoute(
  { token }: Pick<GuardOptions, "token">,
): (request: Request, peer: string | undefined) => Response {
  const guardToken = token === undefined ? undefined : createTokenGuard({ token });
  return (request, peer) => {
    if (!isOfThisMachine(request, peer)) {
      const refusal = guardToken === undefined ? notFromThere() : guardToken(request);
      if (refusal !== undefined) return refusal;
    }
    return new Response(metricsText(), {
      headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" },
    });
  };
}

function isOfThisMachine({ headers }: Request, peer = ""): boolean {
  if (FORWARDED.some((name) => headers.has(name))) return false;
  return peer === "::1" || /^(::ffff:)?127\./.test(peer);
}

function notFromThere(): Response {
  return httpError(
    403,
    "metrics_not_allowed",
    "Without a token (MCP_AUTH_TOKEN), metrics are for programs on the server's own machine.",
  );
}
