/** Converts objects of the Assistants API v1 (`assistants=v1`) to v2. */

import { isObject } from "../../shared/json.ts";
import { invalid } from "../objects/errors.ts";

type Given = Record<string, unknown>;

/**
 * Converts an assistant or a run: `retrieval` becomes `file_search`, and `file_ids` become those of
 * the code interpreter.
 *
 * @throws {ApiError} 400 for files of `retrieval`, which need a vector store in v2
 */
export function withFileSearch({ file_ids, ...given }: Given): Given {
  const tools = arrayOf(given.tools);
  const retrieves = tools.some(isRetrieval);
  const converted = retrieves
    ? { ...given, tools: tools.map((tool) => isRetrieval(tool) ? { type: "file_search" } : tool) }
    : given;
  const files = arrayOf(file_ids);
  if (files.length === 0 || isObject(given.tool_resources)) return converted;
  if (retrieves) {
    throw invalid(
      "Its 'file_ids' were searched by retrieval, but file_search needs a vector store. Add them to " +
        "a vector store, and replace 'file_ids' by its ID in " +
        "tool_resources.file_search.vector_store_ids.",
      "file_ids",
    );
  }
  return { ...converted, tool_resources: { code_interpreter: { file_ids: files } } };
}

/** Converts a message: every tool could use its files. */
export function withAttachments({ file_ids, ...given }: Given): Given {
  const files = arrayOf(file_ids);
  if (files.length === 0 || given.attachments !== undefined) return given;
  const tools = [{ type: "code_interpreter" }, { type: "file_search" }];
  return { ...given, attachments: files.map((file_id) => ({ file_id, tools })) };
}

/** Converts a run step: calls of `retrieval` become calls of `file_search`. */
export function withFileSearchCalls(given: Given): Given {
  const { step_details } = given;
  if (!isObject(step_details)) return given;
  const calls = arrayOf(step_details.tool_calls);
  if (!calls.some(isRetrieval)) return given;
  const tool_calls = calls.map((call) =>
    isRetrieval(call) ? { id: call.id, type: "file_search", file_search: {} } : call
  );
  return { ...given, step_details: { ...step_details, tool_calls } };
}

function isRetrieval(value: unknown): value is Given {
  return isObject(value) && value.type === "retrieval";
}

function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
