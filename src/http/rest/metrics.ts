/** GET /metrics: for programs on this machine, or with the token. */

import { METRICS_TYPE, metricsText } from "../../telemetry/mod.ts";
import { createTokenGuard, type GuardOptions } from "../guards/site.ts";
import { httpError } from "../http_error.ts";

/** The headers of a proxy, behind which every request comes from the proxy's address. */
const PROXY_HEADERS = ["forwarded", "x-forwarded-for", "x-real-ip"];

/** Creates the handler. The address of the client is undefined without a socket. */
export function createMetricsRoute(
  { token }: Pick<GuardOptions, "token">,
): (request: Request, peer: string | undefined) => Response {
  const guardToken = token === undefined ? undefined : createTokenGuard({ token });
  return (request, peer) => {
    if (!isLocal(request, peer)) {
      const refusal = guardToken === undefined ? remoteNotAllowed() : guardToken(request);
      if (refusal !== undefined) return refusal;
    }
    return new Response(metricsText(), {
      headers: { "content-type": METRICS_TYPE, "cache-control": "no-store" },
    });
  };
}

function isLocal({ headers }: Request, peer = ""): boolean {
  if (PROXY_HEADERS.some((name) => headers.has(name))) return false;
  return peer === "::1" || /^(::ffff:)?127\./.test(peer);
}

function remoteNotAllowed(): Response {
  return httpError(
    403,
    "metrics_not_allowed",
    "Without a token (MCP_AUTH_TOKEN), metrics are available only on the server's machine.",
  );
}
