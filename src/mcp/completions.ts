/** Completion: IDs of the caller's objects, found by ID or by what they are called, and the values that prompts suggest. */

import type { CompleteRequest, CompleteResult } from "@modelcontextprotocol/server";
import type { ResourceContext } from "../resources/mod.ts";

/** An object as far as it can be recognised. */
interface Listed {
  id: string;
  name?: string | null;
  filename?: string;
  metadata?: Record<string, string> | null;
}

interface ListPage {
  data: Listed[];
  has_more?: boolean;
}

/** The specification's limit. */
const MAX_VALUES = 100;
/** Objects before these are not looked at. */
const MAX_PAGES = 10;

/** Where the objects are listed whose IDs a variable takes; undefined while another is missing. */
const LISTS: Record<string, (given: Record<string, string>) => string | undefined> = {
  assistant_id: () => "/assistants",
  thread_id: () => "/threads",
  run_id: ({ thread_id }) => thread_id && `/threads/${encodeURIComponent(thread_id)}/runs`,
  file_id: () => "/files",
};

/**
 * What an argument may go on with. A completion is a help: where the objects cannot be listed,
 * there is none.
 */
export async function complete(
  { ref, argument, context }: CompleteRequest["params"],
  contextOf: () => Promise<ResourceContext>,
): Promise<CompleteResult> {
  const path = LISTS[argument.name]?.(context?.arguments ?? {});
  const values = path === undefined
    ? await suggestions(ref, argument.name, argument.value)
    : await ids(path, argument.value, contextOf).catch(() => []);
  return {
    completion: {
      values: values.slice(0, MAX_VALUES),
      hasMore: values.length > MAX_VALUES,
    },
  };
}

async function suggestions(
  ref: CompleteRequest["params"]["ref"],
  argument: string,
  begun: string,
): Promise<string[]> {
  if (ref.type !== "ref/prompt") return [];
  const { prompts } = await import("../prompts/mod.ts");
  const { suggest = [] } = prompts.find(({ name }) => name === ref.name)?.arguments[argument] ?? {};
  return suggest.filter((value) => value.toLowerCase().includes(begun.toLowerCase()));
}

/** One more than fits says that there are more. */
async function ids(
  path: string,
  begun: string,
  contextOf: () => Promise<ResourceContext>,
): Promise<string[]> {
  const context = await contextOf();
  const found: string[] = [];
  for await (const object of newestFirst(path, context)) {
    if (isCalled(object, begun)) found.push(object.id);
    if (found.length > MAX_VALUES) break;
  }
  return found;
}

async function* newestFirst(
  path: string,
  { openai, signal }: ResourceContext,
): AsyncGenerator<Listed> {
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

function isCalled({ id, name, filename, metadata }: Listed, begun: string): boolean {
  if (id.startsWith(begun)) return true;
  const wanted = begun.toLowerCase();
  return [name, filename, ...Object.values(metadata ?? {})]
    .some((label) => label?.toLowerCase().includes(wanted));
}
