/** Full-text search in a tenant's messages, which OpenAI's API did not have. */

import type { Message, SearchTerm } from "../../store/mod.ts";
import type { Call, OperationResult } from "./call.ts";
import { invalid, missing, notFound } from "../objects/errors.ts";
import { listQuery, readPage } from "./page.ts";
import { snippetOf, wordsIn } from "./snippet.ts";
import { id, oneOf, string } from "../objects/validation.ts";

const MAX_TERMS = 32;

const queryText = string({ max: 1000 });
const threadId = id("thread");
const role = oneOf(["user", "assistant"]);

/** `GET /threads/search`. Returns matches, newest first, with a snippet instead of the whole message. */
export async function searchMessages({ store, query }: Call): Promise<OperationResult> {
  const given = new URLSearchParams(query);
  const terms = termsOf(given.get("query"));
  const { limit, after } = listQuery(query, "message");
  const thread_id = optional(given.get("thread_id"), threadId, "thread_id");
  const search = {
    terms,
    limit,
    after,
    thread_id,
    role: optional(given.get("role"), role, "role"),
  };
  if (thread_id !== undefined && !await store.get("thread", thread_id)) {
    throw notFound("thread", thread_id);
  }
  const page = await readPage(async () => {
    const { data, has_more } = await store.searchMessages(search);
    return { data: data.map((message) => matchObject(message, terms)), has_more };
  });
  return { body: page };
}

/**
 * Parses a search query: words that must all occur, in any order; "quoted phrases"; and prefixes* of
 * at least two characters. All other characters separate words.
 *
 * @throws {ApiError} 400 if the query has no word or too many
 */
function termsOf(given: string | null): SearchTerm[] {
  if (given === null) throw missing("query");
  const terms: SearchTerm[] = [];
  for (const [whole, phrase] of queryText(given, "query").matchAll(/"([^"]*)"?\*?|[^\s"]+/g)) {
    const text = phrase ?? whole;
    const last = [...wordsIn(text)].at(-1);
    if (last === undefined) continue;
    terms.push({ text, prefix: whole.endsWith("*") && last.plain.length > 1 });
  }
  if (terms.length === 0) {
    throw invalid(
      `Invalid 'query': ${
        JSON.stringify(given.slice(0, 80))
      } has no word to search for. Expected words, "quoted phrases" or prefixes*.`,
      "query",
      "invalid_value",
    );
  }
  if (terms.length > MAX_TERMS) {
    throw invalid(
      `Invalid 'query': ${terms.length} words. Expected at most ${MAX_TERMS}; a quoted phrase counts as one.`,
      "query",
      "invalid_value",
    );
  }
  return terms;
}

function optional<T>(
  value: string | null,
  check: (value: unknown, path: string) => T,
  name: string,
): T | undefined {
  // Some clients send an empty value for none.
  return value ? check(value, name) : undefined;
}

function matchObject(message: Message, terms: readonly SearchTerm[]) {
  const { id, created_at, thread_id, role, assistant_id, run_id, content } = message;
  const text = content.map((part) =>
    part.type === "text" ? part.text.value : part.type === "refusal" ? part.refusal : ""
  ).join("\n");
  return {
    id,
    object: "thread.message.match",
    created_at,
    thread_id,
    role,
    assistant_id,
    run_id,
    snippet: snippetOf(text, terms),
  };
}
