/**
 * Error hints across the in-process SDK. The SDK sees an error of this server as an HTTP response,
 * whose body has OpenAI's fields only; the hint stays in memory, attached to the response's headers.
 */

import type { ApiError, ErrorHint } from "./errors.ts";

const hints = new WeakMap<Headers, ErrorHint>();

/** Attaches the hint of an error to the response that reports it, and returns the response. */
export function withHint(response: Response, { hint }: ApiError): Response {
  if (hint !== undefined) hints.set(response.headers, hint);
  return response;
}

/** Returns the hint attached to the response with these headers, if any. */
export function attachedHint(headers: Headers): ErrorHint | undefined {
  return hints.get(headers);
}
