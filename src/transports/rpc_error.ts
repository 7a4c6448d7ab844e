/** HTTP answers that refuse a JSON-RPC message. */

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

/** Where one more session or stream would be too many. */
export function noRoom(): Response {
  return rpcError(
    503,
    -32000,
    "The server holds as many sessions as it may (MAX_SESSIONS). Try again later.",
    { "retry-after": "60" },
  );
}
