/** An error of ours as the HTTP answer that OpenAI would give. */

import type { ApiError } from "./errors.ts";

export function errorResponse(error: ApiError): Response {
  const { message, type, param, code, status, requestId, retryAfterS } = error;
  const headers = new Headers();
  if (requestId !== undefined) headers.set("x-request-id", requestId);
  if (retryAfterS !== undefined) headers.set("retry-after", String(Math.ceil(retryAfterS)));
  return Response.json({ error: { message, type, param, code } }, { status, headers });
}
