/** Error responses, with the body that OpenAI's API uses. */

import { ApiError } from "../shared/errors.ts";
import { errorBody } from "../shared/error_response.ts";
import { requestScope } from "../telemetry/mod.ts";
import { BODY_TIMEOUT_CODE } from "../transports/mod.ts";

/**
 * Returns the response for an error that is detected at the HTTP level.
 *
 * @param status the HTTP status; from 500 on, the type is `server_error`
 * @param code the error code
 */
export function httpError(
  status: number,
  code: string,
  message: string,
  headers?: Record<string, string>,
): Response {
  return Response.json(
    {
      error: {
        message,
        type: status >= 500 ? "server_error" : "invalid_request_error",
        param: null,
        code,
      },
    },
    { status, ...(headers && { headers }) },
  );
}

/** Returns the response for an error of a call, with one of the documented statuses. */
export function errorResponse(error: ApiError, headers: Record<string, string> = {}): Response {
  const { retryAfterS } = error;
  // The ID of this request is added to every response as `x-request-id`.
  const requestId = error.requestId === requestScope()?.requestId ? undefined : error.requestId;
  return Response.json(errorBody(error), {
    status: statusOf(error),
    headers: {
      ...headers,
      ...(requestId !== undefined && { "x-upstream-request-id": requestId }),
      ...(retryAfterS !== undefined && { "retry-after": String(Math.ceil(retryAfterS)) }),
    },
  });
}

/** Returns the error for requests that a read-only server refuses. */
export function readOnlyError(): ApiError {
  const message = "This server is read-only (READ_ONLY): it changes nothing and calls no model.";
  return new ApiError(message, { status: 403, code: "read_only" });
}

const STATUSES = new Set([400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503, 504]);

function statusOf({ status, code }: ApiError): number {
  if (STATUSES.has(status)) return status;
  // 408 is about this request only if its own body was late; else the model server timed out.
  if (status === 408) return code === BODY_TIMEOUT_CODE ? 408 : 504;
  return status < 500 ? 400 : 502;
}
