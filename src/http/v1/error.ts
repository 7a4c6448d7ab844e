/** A refusal under `/v1`, as OpenAI's SDKs understand it. */

import { MethodError } from "../../engine/objects/errors.ts";
import type { ApiError } from "../../shared/errors.ts";
import { isRetryable } from "../../gateway/mod.ts";
import { errorResponse } from "../http_error.ts";

/** An SDK waits no longer than this; where it should, it would come back too early instead. */
const LONGEST_WAIT_S = 60;

export function v1Refusal(error: ApiError): Response {
  const { requestId } = error;
  return errorResponse(error, {
    ...(requestId !== undefined && { "x-request-id": requestId }),
    ...(error instanceof MethodError && { allow: error.allowed.join(", ") }),
    // Of itself an SDK would try most of these again.
    ...(isHopeless(error) && { "x-should-retry": "false" }),
  });
}

function isHopeless(error: ApiError): boolean {
  const { code, retryAfterS = 0 } = error;
  return !isRetryable(error) || code === "upstream_redirect" || retryAfterS > LONGEST_WAIT_S;
}
