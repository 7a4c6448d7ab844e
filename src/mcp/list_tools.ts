/**
 * `tools/list`, serialised once: the list is most of what a short session sends, and the same
 * bytes every time. What is not a plain, valid request for it is left to the SDK.
 */

import { SERVER_INFO_META_KEY } from "@modelcontextprotocol/server";
import { isRequest, plainEra } from "./era.ts";
import type { Inventory } from "./inventory.ts";
import { LIST_CACHE, SERVER_INFO } from "./server.ts";

/**
 * Answers a `tools/list` request as the bytes of the JSON-RPC response; undefined for all else.
 * Where the message came over HTTP, its headers have to agree with it.
 */
export type AnswerList = (
  message: unknown,
  headers?: Headers,
) => Uint8Array<ArrayBuffer> | undefined;

export function createAnswerList(inventory: Inventory): AnswerList {
  const encoder = new TextEncoder();
  let legacy: Uint8Array | undefined;
  let modern: Uint8Array | undefined;

  return (message, headers) => {
    if (!isRequest(message) || message.method !== "tools/list") return undefined;
    const era = plainEra(message, headers);
    if (era === undefined || message.params?.cursor !== undefined) return undefined;
    const rest = era === "modern"
      ? modern ??= encoder.encode(`,"result":${JSON.stringify(modernResult(inventory))}}`)
      : legacy ??= encoder.encode(`,"result":${JSON.stringify({ tools: inventory.listed() })}}`);
    const head = encoder.encode(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)}`);
    const bytes = new Uint8Array(head.length + rest.length);
    bytes.set(head);
    bytes.set(rest, head.length);
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
