/** An HTTP answer that refuses a JSON-RPC message. */

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
