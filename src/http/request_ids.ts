/** Request IDs, which log records and responses have in common. */

import type { Context } from "hono";
import { inRequest, metrics, requestIdOf } from "../telemetry/mod.ts";

/** Gives each request an ID. Must be the first middleware. */
export async function withRequestId(context: Context, next: () => Promise<void>): Promise<void> {
  const requestId = requestIdOf(context.req.raw.headers);
  await inRequest({ requestId }, next);
  const { res } = context;
  metrics.httpResponses.add(1, String(res.status));
  // A response of the model server keeps its ID, which its operator can look up.
  if (res.headers.has("x-request-id")) return;
  try {
    res.headers.set("x-request-id", requestId);
  } catch {
    // The headers of a forwarded response are immutable.
    context.res = new Response(res.body, res);
    context.res.headers.set("x-request-id", requestId);
  }
}
