/** Completion of arguments: the ids of the caller's objects, and the suggestions of prompts. */

import type { CompleteRequest, CompleteResult } from "@modelcontextprotocol/server";
import type { ResourceContext } from "../resources/mod.ts";

/** An object, reduced to its id and the labels that people know it by. */
interface ListedObject {
  id: string;
  name?: string | null;
  filename?: string;
  metadata?: Record<string, string> | null;
}

interface ListPage {
  data: ListedObject[];
  has_more?: boolean;
}

/** The limit of the MCP specification. */
const MAX_VALUES = 100;

/** Pages of 100 objects to search, the newest objects first. */
const MAX_PAGES = 10;

/** Paths that list the objects whose ids a variable takes; undefined if the path needs another variable. */
const LIST_PATHS: Record<string, (given: Record<string, string>) => string | undefined> = {
  assistant_id: () => "/assistants",
  thread_id: () => "/threads",
  run_id: ({ thread_id }) => thread_id && `/threads/${encodeURIComponent(thread_id)}/runs`,
  file_id: () => "/files",
};

/** Returns the values that complete an argument; none if the caller's objects cannot be listed. */
export async function complete(
  { ref, argument, context }: CompleteRequest["params"],
  getContext: () => Promise<ResourceContext>,
): Promise<CompleteResult> {
  const path = LIST_PATHS[argument.name]?.(context?.arguments ?? {});
  const values = path === undefined
    ? await suggestions(ref, argument.name, argument.value)
    : await matchingIds(path, argument.value, getContext).catch(() => []);
  return {
    completion: {
      values: values.slice(0, MAX_VALUES),
      hasMore: values.length > MAX_VALUES,
    },
  };
}

async function suggestions(
  ref: CompleteRequest["params"]["ref"],
  argumentName: string,
  typed: string,
): Promise<string[]> {
  if (ref.type !== "ref/prompt") return [];
  const { prompts } = await import("../prompts/mod.ts");
  const { suggest = [] } = prompts.find(({ name }) => name === ref.name)?.arguments[argumentName] ??
    {};
  return suggest.filter((value) => value.toLowerCase().includes(typed.toLowerCase()));
}

/** Returns up to one value more than the limit, which tells that there are more. */
async function matchingIds(
  path: string,
  typed: string,
  getContext: () => Promise<ResourceContext>,
): Promise<string[]> {
  const context = await getContext();
  const found: string[] = [];
  for await (const object of newestFirst(path, context)) {
    if (matches(object, typed)) found.push(object.id);
    if (found.length > MAX_VALUES) break;
  }
  return found;
}

async function* newestFirst(
  path: string,
  { openai, signal }: ResourceContext,
): AsyncGenerator<ListedObject> {
  let after: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { data, has_more }: ListPage = await openai.get<ListPage>(path, {
      query: { limit: 100, after },
      headers: { "OpenAI-Beta": "assistants=v2" },
      signal,
    });
    yield* data;
    after = data.at(-1)?.id;
    if (!has_more || after === undefined) return;
  }
}

function matches({ id, name, filename, metadata }: ListedObject, typed: string): boolean {
  if (id.startsWith(typed)) return true;
  const text = typed.toLowerCase();
  return [name, filename, ...Object.values(metadata ?? {})]
    .some((label) => label?.toLowerCase().includes(text));
}
