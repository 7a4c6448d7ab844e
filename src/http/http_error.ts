/** A refusal over HTTP, in the one body that every route uses: OpenAI's. */

import { ApiError } from "../shared/errors.ts";
import { requestScope } from "../telemetry/mod.ts";
import { TOO_SLOW } from "../transports/mod.ts";

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

/** An error of a call, with a status of those that the routes promise. */
export function errorResponse(error: ApiError, headers: Record<string, string> = {}): Response {
  const { retryAfterS } = error;
  // Ours stands in a header of its own.
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

/** The refusal of what writes, where READ_ONLY is on. */
export function onlyReads(): ApiError {
  const message = "This server only reads (READ_ONLY): it changes nothing and asks no model.";
  return new ApiError(message, { status: 403, code: "read_only" });
}

export function errorBody({ message, type, param, code }: ApiError): object {
  return { error: { message, type, param, code } };
}

const STATUSES = new Set([400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503, 504]);

function statusOf({ status, code }: ApiError): number {
  if (STATUSES.has(status)) return status;
  // The caller's own delay, or one that the model server complains of.
  if (status === 408) return code === TOO_SLOW ? 408 : 504;
  return status < 500 ? 400 : 502;
}
