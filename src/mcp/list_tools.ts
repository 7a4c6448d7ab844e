/**
 * `tools/list` responses, serialised once: the list makes up most of the bytes of a short session,
 * and never changes. The SDK answers every request that is not a plain, valid `tools/list`.
 */

import { SERVER_INFO_META_KEY } from "@modelcontextprotocol/server";
import type { Inventory } from "./inventory.ts";
import { detectEra, isRequest } from "./protocol_era.ts";
import { LIST_CACHE, SERVER_INFO } from "./server.ts";

/**
 * Returns the bytes of the JSON-RPC response to a `tools/list` request; undefined for any other
 * message.
 *
 * @param headers of the HTTP request that carried the message, which must agree with it
 */
export type ToolsListResponder = (
  message: unknown,
  headers?: Headers,
) => Uint8Array<ArrayBuffer> | undefined;

/** Returns a responder for the tools of an inventory; each era's result is serialised on first use. */
export function createToolsListResponder(inventory: Inventory): ToolsListResponder {
  const encoder = new TextEncoder();
  let legacy: Uint8Array | undefined;
  let modern: Uint8Array | undefined;

  return (message, headers) => {
    if (!isRequest(message) || message.method !== "tools/list") return undefined;
    const era = detectEra(message, headers);
    if (era === undefined || message.params?.cursor !== undefined) return undefined;
    const tail = era === "modern"
      ? modern ??= encoder.encode(`,"result":${JSON.stringify(modernResult(inventory))}}`)
      : legacy ??= encoder.encode(`,"result":${JSON.stringify({ tools: inventory.listed() })}}`);
    const head = encoder.encode(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)}`);
    const bytes = new Uint8Array(head.length + tail.length);
    bytes.set(head);
    bytes.set(tail, head.length);
    return bytes;
  };
}

function modernResult(inventory: Inventory): object {
  return {
    tools: inventory.listed(),
    ...LIST_CACHE,
    resultType: "complete",
    _meta: { [SERVER_INFO_META_KEY]: SERVER_INFO },
  };
}
