/** Errors as responses of the OpenAI API. */

import { withHint } from "./error_hints.ts";
import type { ApiError } from "./errors.ts";

/** Returns the response with which the OpenAI API would report this error. */
export function errorResponse(error: ApiError): Response {
  const { status, requestId, retryAfterS } = error;
  const headers = new Headers();
  if (requestId !== undefined) headers.set("x-request-id", requestId);
  if (retryAfterS !== undefined) headers.set("retry-after", String(Math.ceil(retryAfterS)));
  return withHint(Response.json(errorBody(error), { status, headers }), error);
}

/** Returns the body of an error response of the OpenAI API. */
export function errorBody({ message, type, param, code }: ApiError): object {
  return { error: { message, type, param, code } };
}
