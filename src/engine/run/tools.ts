/** The tools of a run, as a request for a response has them. */

import type OpenAI from "openai";
import type { Run } from "../../store/mod.ts";

type Tool = OpenAI.Responses.Tool;
type ToolChoice = OpenAI.Responses.ResponseCreateParams["tool_choice"];
type FileSearch = Extract<Run["tools"][number], { type: "file_search" }>;

/** Tools that the upstream runs. */
export type HostedToolType = "file_search" | "code_interpreter";

/** The types of the tools that a run has. */
export function toolTypes({ tools }: Run): Set<string> {
  return new Set(tools.map(({ type }) => type));
}

/** The tools that the client runs. */
export function functionTools({ tools }: Run): Tool[] {
  return tools.flatMap((tool): Tool[] => {
    if (tool.type !== "function") return [];
    const { name, description, parameters, strict } = tool.function;
    return [{
      type: "function",
      name,
      ...description !== undefined && { description },
      parameters: parameters ?? { type: "object", properties: {} },
      // What is left out is strict here, and was not in the Assistants API.
      strict: strict ?? false,
    }];
  });
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

/**
 * Which of the tools is to be used.
 *
 * @param tools those that the request has
 */
export function toolChoiceOf({ tool_choice: choice }: Run, tools: readonly Tool[]): ToolChoice {
  if (typeof choice !== "object" || choice === null) return choice ?? "auto";
  if (choice.type === "function") return { type: "function", name: choice.function?.name ?? "" };
  // A search that has nothing to search is not a tool of this request.
  return tools.some(({ type }) => type === choice.type) ? { type: choice.type } : "auto";
}

function isFileSearch(tool: Run["tools"][number]): tool is FileSearch {
  return tool.type === "file_search";
}
