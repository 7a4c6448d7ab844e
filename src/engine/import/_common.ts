/** What several of the saved objects hold. */

import type { Run, Thread } from "../../store/mod.ts";
import { tool } from "../objects/schemas.ts";
import { array, type Check, integer, metadata, nullable, string } from "../objects/validation.ts";
import { ifThere, required, saved } from "./_fields.ts";

/** The last second that a date can show. */
const LAST_SECOND = 8_640_000_000_000;

export const time = integer({ min: 0, max: LAST_SECOND });
export const name = string({ min: 1 });
export const tools = array(tool, { max: 128 });

/** What can stand in an address. */
export function idOf(prefix: string): Check<string> {
  return string({ max: 128, pattern: new RegExp(`^${prefix}_[A-Za-z0-9_-]+$`) });
}

export const threadId = idOf("thread"), messageId = idOf("msg"), runId = idOf("run");

/** Metadata, which every object has. */
export const kept = { check: nullable(metadata), absent: { value: {} } };

export const toolResources = saved<NonNullable<Thread["tool_resources"]>>({
  code_interpreter: ifThere(saved<{ file_ids?: string[] }>({ file_ids: ifThere(array(name)) })),
  file_search: ifThere(
    saved<{ vector_store_ids?: string[] }>({
      vector_store_ids: ifThere(array(name, { max: 1 })),
    }),
  ),
});

/** Where a file is named inside of something else. */
export const fileReference = saved<{ file_id: string }>({ file_id: required(string()) });

export const usage = saved<NonNullable<Run["usage"]>>({
  prompt_tokens: required(integer({ min: 0 })),
  completion_tokens: required(integer({ min: 0 })),
  total_tokens: required(integer({ min: 0 })),
});
