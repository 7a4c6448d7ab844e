/** Fields that several imported objects share. */

import type { Run, Thread } from "../../store/mod.ts";
import { tool } from "../objects/schemas.ts";
import { array, type Check, integer, metadata, nullable, string } from "../objects/validation.ts";
import { knownFields, optionalField, required } from "./_fields.ts";

/** The last second that a JavaScript date can represent. */
const LAST_SECOND = 8_640_000_000_000;

export const time = integer({ min: 0, max: LAST_SECOND });
export const name = string({ min: 1 });
export const tools = array(tool, { max: 128 });

/** Accepts ids that are safe in a URL path. */
export function idOf(prefix: string): Check<string> {
  return string({ max: 128, pattern: new RegExp(`^${prefix}_[A-Za-z0-9_-]+$`) });
}

export const threadId = idOf("thread"), messageId = idOf("msg"), runId = idOf("run");

/** The metadata field, empty if absent. */
export const metadataField = { check: nullable(metadata), absent: { value: {} } };

export const toolResources = knownFields<NonNullable<Thread["tool_resources"]>>({
  code_interpreter: optionalField(
    knownFields<{ file_ids?: string[] }>({ file_ids: optionalField(array(name)) }),
  ),
  file_search: optionalField(
    knownFields<{ vector_store_ids?: string[] }>({
      vector_store_ids: optionalField(array(name, { max: 1 })),
    }),
  ),
});

/** A reference to a file. */
export const fileReference = knownFields<{ file_id: string }>({ file_id: required(string()) });

export const usage = knownFields<NonNullable<Run["usage"]>>({
  prompt_tokens: required(integer({ min: 0 })),
  completion_tokens: required(integer({ min: 0 })),
  total_tokens: required(integer({ min: 0 })),
});
