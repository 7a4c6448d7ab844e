/** The body of a POST as JSON, or the answer that refuses it. */

import { isJsonContentType, readRequestBody } from "@modelcontextprotocol/server";
import { rpcError } from "./rpc_error.ts";

export async function readJson(
  request: Request,
  maxBytes: number,
): Promise<{ body: unknown } | Response> {
  if (!isJsonContentType(request.headers.get("content-type"))) {
    return rpcError(
      415,
      -32000,
      "Unsupported media type: Content-Type must be application/json.",
    );
  }
  let text: string;
  try {
    const declared = Number(request.headers.get("content-length") ?? Infinity);
    // A body of a declared length is read in one piece, which costs half.
    const read = declared <= maxBytes
      ? { tooLarge: false as const, text: await request.text() }
      : await readRequestBody(request, maxBytes);
    if (read.tooLarge) {
      await request.body?.cancel();
      return rpcError(413, -32000, `Payload too large: at most ${maxBytes} bytes (MAX_BODY_MB).`);
    }
    text = read.text;
  } catch {
    return rpcError(400, -32700, "Parse error: the request body could not be read.");
  }
  try {
    return { body: JSON.parse(text) };
  } catch {
    return rpcError(400, -32700, "Parse error: the request body is not JSON.");
  }
}
