/** JSON bodies of POST requests to MCP. */

import { isJsonContentType } from "@modelcontextprotocol/server";
import { ApiError } from "../shared/errors.ts";
import { type BodyLimits, readBytes } from "./body.ts";
import { rpcError } from "./rpc_error.ts";

const PARSE_ERROR = -32700;
const SERVER_ERROR = -32000;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads and parses the body; returns an error response if that fails. */
export async function readJson(
  request: Request,
  limits: BodyLimits,
): Promise<{ body: unknown } | Response> {
  if (!isJsonContentType(request.headers.get("content-type"))) {
    return rpcError(
      415,
      SERVER_ERROR,
      "Unsupported media type: Content-Type must be application/json.",
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(request, limits);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return rpcError(error.status, error.status === 400 ? PARSE_ERROR : SERVER_ERROR, error.message);
  }
  try {
    return { body: JSON.parse(decoder.decode(bytes)) };
  } catch {
    return rpcError(400, PARSE_ERROR, "Parse error: the request body is not JSON.");
  }
}
