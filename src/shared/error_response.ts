/** Errors as responses of the OpenAI API. */

import type { ApiError } from "./errors.ts";

/** Returns the response with which the OpenAI API would report this error. */
export function errorResponse(error: ApiError): Response {
  const { message, type, param, code, status, requestId, retryAfterS } = error;
  const headers = new Headers();
  if (requestId !== undefined) headers.set("x-request-id", requestId);
  if (retryAfterS !== undefined) headers.set("retry-after", String(Math.ceil(retryAfterS)));
  return Response.json({ error: { message, type, param, code } }, { status, headers });
}
