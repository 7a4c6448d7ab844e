/** Each request has an id: what is logged of it has it, and the answer says it. */

import type { Context } from "hono";
import { inRequest, metrics, requestIdOf } from "../telemetry/mod.ts";

/** Middleware to stand before all others. */
export async function withRequestId(context: Context, next: () => Promise<void>): Promise<void> {
  const requestId = requestIdOf(context.req.raw.headers);
  await inRequest({ requestId }, next);
  const { res } = context;
  metrics.httpResponses.add(1, String(res.status));
  // One that the model server has answered has its id, by which others find it.
  if (res.headers.has("x-request-id")) return;
  try {
    res.headers.set("x-request-id", requestId);
  } catch {
    // Of an answer that is passed on, the headers cannot be changed.
    context.res = new Response(res.body, res);
    context.res.headers.set("x-request-id", requestId);
  }
}
