/**
 * Which protocol era a request speaks, where that is plain to see: the answer is for shortcuts,
 * which leave everything doubtful to the SDK and its errors.
 */

import { type JSONRPCRequest, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import { isObject } from "../shared/json.ts";

export type Era = "legacy" | "modern";

export const MODERN_VERSION = "2026-07-28";

const PREFIX = "io.modelcontextprotocol/";

/**
 * The era of a well-formed request; undefined where it is no request or contradicts itself.
 *
 * @param headers of the HTTP request that brought it, which have to agree with it
 */
export function plainEra(message: unknown, headers?: Headers): Era | undefined {
  if (!isRequest(message)) return undefined;
  const { method, params = {} } = message;
  const meta = isObject(params) ? params._meta ?? {} : undefined;
  if (!isObject(meta)) return undefined;
  const claims = Object.keys(meta).filter((key) => key.startsWith(PREFIX));
  const version = headers?.get("mcp-protocol-version");
  if (claims.length === 0) return isLegacyVersion(version) ? "legacy" : undefined;
  if (!isEnvelope(meta)) return undefined;
  if (!headers) return "modern";
  const name = method === "tools/call" ? params.name : undefined;
  const agree = version === MODERN_VERSION && headers.get("mcp-method") === method &&
    (headers.get("mcp-name") ?? undefined) === name;
  return agree ? "modern" : undefined;
}

/** Whether this is a version header that a request before 2026-07-28 may have, or none. */
export function isLegacyVersion(version: string | null | undefined): boolean {
  return typeof version !== "string" || SUPPORTED_PROTOCOL_VERSIONS.includes(version);
}

export function isRequest(message: unknown): message is JSONRPCRequest {
  return isObject(message) && message.jsonrpc === "2.0" && typeof message.method === "string" &&
    (typeof message.id === "string" || Number.isInteger(message.id));
}

/** The envelope in its usual form; rarer ones may be valid as well. */
function isEnvelope(meta: Record<string, unknown>): boolean {
  const capabilities = meta[`${PREFIX}clientCapabilities`];
  const info = meta[`${PREFIX}clientInfo`];
  return meta[`${PREFIX}protocolVersion`] === MODERN_VERSION &&
    isObject(capabilities) && Object.values(capabilities).every(isObject) &&
    (info === undefined ||
      isObject(info) && typeof info.name === "string" && typeof info.version === "string");
}
