/** Error responses under `/v1`, with the headers that OpenAI's SDKs read. */

import { MethodError } from "../../engine/objects/errors.ts";
import type { ApiError } from "../../shared/errors.ts";
import { isRetryable } from "../../gateway/mod.ts";
import { errorResponse } from "../http_error.ts";

/** The SDKs retry too early if they should wait longer than this. */
const MAX_SDK_WAIT_S = 60;

/** Returns the response for an error under `/v1`. */
export function v1ErrorResponse(error: ApiError): Response {
  const { requestId } = error;
  return errorResponse(error, {
    ...(requestId !== undefined && { "x-request-id": requestId }),
    ...(error instanceof MethodError && { allow: error.allowed.join(", ") }),
    // By default, the SDKs would retry most of these.
    ...(isPermanent(error) && { "x-should-retry": "false" }),
  });
}

function isPermanent(error: ApiError): boolean {
  const { code, retryAfterS = 0 } = error;
  return !isRetryable(error) || code === "upstream_redirect" || retryAfterS > MAX_SDK_WAIT_S;
}
