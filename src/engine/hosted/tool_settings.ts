/** The hosted tools of a run, as a request for a response has them. */

import type OpenAI from "openai";
import type { Run } from "../../store/mod.ts";

type Tool = OpenAI.Responses.Tool;
type FileSearch = Extract<Run["tools"][number], { type: "file_search" }>;

/** The types of the tools that a run has. */
export function toolTypes({ tools }: Run): Set<string> {
  return new Set(tools.map(({ type }) => type));
}

/** The tool that searches these vector stores. */
export function fileSearchOf({ tools }: Run, vector_store_ids: string[]): Tool {
  const { max_num_results, ranking_options } = tools.find(isFileSearch)?.file_search ?? {};
  return {
    type: "file_search",
    vector_store_ids,
    ...max_num_results !== undefined && { max_num_results },
    // The ranker of the Assistants API is gone.
    ...ranking_options && { ranking_options: { score_threshold: ranking_options.score_threshold } },
  };
}

/** How run steps say that the results of a search were ranked. */
export function rankingOf(
  { tools }: Run,
): OpenAI.Beta.Threads.Runs.FileSearchToolCall.FileSearch.RankingOptions {
  const { ranker = "auto", score_threshold = 0 } =
    tools.find(isFileSearch)?.file_search?.ranking_options ?? {};
  return { ranker: ranker === "auto" ? "default_2024_08_21" : ranker, score_threshold };
}

function isFileSearch(tool: Run["tools"][number]): tool is FileSearch {
  return tool.type === "file_search";
}
