/** Objects of the first Assistants API, `assistants=v1`, as those of the second. */

import { isObject } from "../../shared/json.ts";
import { invalid } from "../objects/errors.ts";

type Given = Record<string, unknown>;

/**
 * An assistant or a run: its retrieval is file_search, and its files are those of the code
 * interpreter.
 *
 * @throws {ApiError} 400 for files that retrieval has searched: those need a vector store now
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
      "Its 'file_ids' were searched by retrieval, and file_search needs a vector store: put them " +
        "into one, and write its ID into tool_resources.file_search.vector_store_ids in place of " +
        "'file_ids'.",
      "file_ids",
    );
  }
  return { ...converted, tool_resources: { code_interpreter: { file_ids: files } } };
}

/** A message: its files were there for every tool. */
export function withAttachments({ file_ids, ...given }: Given): Given {
  const files = arrayOf(file_ids);
  if (files.length === 0 || given.attachments !== undefined) return given;
  const tools = [{ type: "code_interpreter" }, { type: "file_search" }];
  return { ...given, attachments: files.map((file_id) => ({ file_id, tools })) };
}

/** A run step: what retrieval has done, file_search has done. */
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
