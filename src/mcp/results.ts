/** The two ways in which a tool call ends: with the API's object, or with an error that says how to go on. */

import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/server";
import type { ApiError } from "../shared/errors.ts";
import { isRetryable } from "../upstream/errors.ts";
import type { Block } from "../tools/define_tool.ts";
import { nextStep } from "./_next_step.ts";

/** The key under which an error's fields stand for programs. */
const ERROR_META_KEY = "assistants-mcp/error";

/** An API object: structured, and as compact JSON for clients that read text; with what stands beside it. */
export function objectResult(value: object, blocks: readonly Block[] = []): CallToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(value) }, ...blocks.map(contentOf)],
    structuredContent: value as Record<string, unknown>,
  };
}

function contentOf(block: Block): ContentBlock {
  if (block.type === "link") return { ...block, type: "resource_link" };
  const { data, mimeType } = block;
  if (block.type === "image") return { type: "image", data: data.toBase64(), mimeType };
  return { type: "resource", resource: { uri: block.uri, blob: data.toBase64(), mimeType } };
}

/** An error as a result that the model sees: what happened, what to do, whether to retry. */
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

/** The same in words only. */
export function errorText(error: ApiError): string {
  const lines = [error.message, nextStep(error), retryAdvice(error)];
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
