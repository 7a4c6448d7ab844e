/** The two kinds of tool results: an object of the API, or an error with advice for the model. */

import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";
import type { ApiError } from "../shared/errors.ts";
import { isRetryable } from "../upstream/errors.ts";
import type { ResultBlock } from "../tools/define_tool.ts";
import { adviceFor } from "./_error_advice.ts";

/** Key of the machine-readable fields of an error in `_meta`. */
const ERROR_META_KEY = "assistants-mcp/error";

/** Returns an object as structured content, and as JSON text for clients that read text only. */
export function objectResult(value: object, blocks: readonly ResultBlock[] = []): CallToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(value) }, ...blocks.map(toContent)],
    structuredContent: value as Record<string, unknown>,
  };
}

function toContent(block: ResultBlock): ContentBlock {
  if (block.type === "link") return { ...block, type: "resource_link" };
  const { data, mimeType } = block;
  if (block.type === "image") return { type: "image", data: data.toBase64(), mimeType };
  return { type: "resource", resource: { uri: block.uri, blob: data.toBase64(), mimeType } };
}

/** Returns an error as a result for the model, with its fields for programs in `_meta`. */
export function errorResult(error: ApiError): CallToolResult {
  return {
    isError: true,
    content: [{ type: "text", text: errorText(error) }],
    _meta: {
      [ERROR_META_KEY]: {
        type: error.type,
        code: error.code,
        param: error.param,
        status: error.status,
        request_id: error.requestId ?? null,
        retryable: isRetryable(error),
        retry_after_s: error.retryAfterS ?? null,
      },
    },
  };
}

/** Returns an error as text: what happened, what to do next, whether to retry, and the request id. */
export function errorText(error: ApiError): string {
  const lines = [error.message, adviceFor(error), retryAdvice(error)];
  if (error.requestId !== undefined) lines.push(`Request id: ${error.requestId}`);
  return lines.filter((line) => line !== "").join("\n");
}

function retryAdvice(error: ApiError): string {
  const { retryAfterS } = error;
  if (!isRetryable(error)) return "Do not retry it unchanged.";
  return retryAfterS === undefined
    ? "It may work if you try again in a moment."
    : `Try again in ${Math.ceil(retryAfterS)} s.`;
}
