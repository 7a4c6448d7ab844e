/**
 * The protocol era of a request, for the transports' shortcuts: requests that are not clearly of one
 * era take the SDK's regular path, which reports their errors.
 */

import { type JSONRPCRequest, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import { isObject } from "../shared/json.ts";

/** `modern` is protocol 2026-07-28, with its per-request envelope; `legacy` is every version before. */
export type Era = "legacy" | "modern";

export const MODERN_VERSION = "2026-07-28";

const PREFIX = "io.modelcontextprotocol/";

/**
 * Returns the era of a well-formed request; undefined for other messages, and for requests that
 * contradict themselves or their headers.
 *
 * @param headers of the HTTP request that carried the message
 */
export function detectEra(message: unknown, headers?: Headers): Era | undefined {
  if (!isRequest(message)) return undefined;
  const { method, params = {} } = message;
  const meta = isObject(params) ? params._meta ?? {} : undefined;
  if (!isObject(meta)) return undefined;
  const hasEnvelope = Object.keys(meta).some((key) => key.startsWith(PREFIX));
  const version = headers?.get("mcp-protocol-version");
  if (!hasEnvelope) return isLegacyVersion(version) ? "legacy" : undefined;
  if (!isCommonEnvelope(meta)) return undefined;
  if (!headers) return "modern";
  const name = method === "tools/call" ? params.name : undefined;
  const agrees = version === MODERN_VERSION && headers.get("mcp-method") === method &&
    (headers.get("mcp-name") ?? undefined) === name;
  return agrees ? "modern" : undefined;
}

/** Returns whether a version header is absent or names a version before 2026-07-28. */
export function isLegacyVersion(version: string | null | undefined): boolean {
  return typeof version !== "string" || SUPPORTED_PROTOCOL_VERSIONS.includes(version);
}

/** Returns whether a message is a JSON-RPC request, as opposed to a notification or a response. */
export function isRequest(message: unknown): message is JSONRPCRequest {
  return isObject(message) && message.jsonrpc === "2.0" && typeof message.method === "string" &&
    (typeof message.id === "string" || Number.isInteger(message.id));
}

/** Recognises the envelope as clients usually send it; the SDK accepts further valid forms. */
function isCommonEnvelope(meta: Record<string, unknown>): boolean {
  const capabilities = meta[`${PREFIX}clientCapabilities`];
  const info = meta[`${PREFIX}clientInfo`];
  return meta[`${PREFIX}protocolVersion`] === MODERN_VERSION &&
    isObject(capabilities) && Object.values(capabilities).every(isObject) &&
    (info === undefined ||
      isObject(info) && typeof info.name === "string" && typeof info.version === "string");
}
