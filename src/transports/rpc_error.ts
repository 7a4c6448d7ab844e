/** HTTP responses with JSON-RPC errors. */

/**
 * Returns a response with a JSON-RPC error.
 *
 * @param status the HTTP status
 * @param code the JSON-RPC error code
 */
export function rpcError(
  status: number,
  code: number,
  message: string,
  headers?: Record<string, string>,
): Response {
  return Response.json({ jsonrpc: "2.0", id: null, error: { code, message } }, {
    status,
    ...(headers && { headers }),
  });
}

/** Returns the error for a client that would exceed the maximum number of sessions. */
export function tooManySessions(): Response {
  return rpcError(
    503,
    -32000,
    "The server has reached its maximum number of sessions (MAX_SESSIONS). Try again later.",
    { "retry-after": "60" },
  );
}
