/** A refusal over HTTP, in the one body that every route uses: OpenAI's. */

import type { ApiError } from "../errors.ts";

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
  const { requestId, retryAfterS } = error;
  return Response.json(errorBody(error), {
    status: statusOf(error),
    headers: {
      ...headers,
      ...(requestId !== undefined && { "x-upstream-request-id": requestId }),
      ...(retryAfterS !== undefined && { "retry-after": String(Math.ceil(retryAfterS)) }),
    },
  });
}

export function errorBody({ message, type, param, code }: ApiError): object {
  return { error: { message, type, param, code } };
}

const STATUSES = new Set([400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503, 504]);

function statusOf({ status }: ApiError): number {
  if (STATUSES.has(status)) return status;
  if (status === 408) return 504;
  return status < 500 ? 400 : 502;
}
