/** Converts a run's function tools and tool choice to those of the Responses API. */

import type OpenAI from "openai";
import type { Run } from "../../../store/mod.ts";

type Tool = OpenAI.Responses.Tool;
type ToolChoice = OpenAI.Responses.ResponseCreateParams["tool_choice"];

/** Returns the run's function tools, which its client executes. */
export function functionTools({ tools }: Run): Tool[] {
  return tools.flatMap((tool): Tool[] => {
    if (tool.type !== "function") return [];
    const { name, description, parameters, strict } = tool.function;
    return [{
      type: "function",
      name,
      ...description !== undefined && { description },
      parameters: parameters ?? { type: "object", properties: {} },
      // Functions are strict by default in the Responses API, and were not in the Assistants API.
      strict: strict ?? false,
    }];
  });
}

/**
 * Returns the tool choice of a request.
 *
 * @param tools the tools of the request
 */
export function toolChoiceOf({ tool_choice: choice }: Run, tools: readonly Tool[]): ToolChoice {
  if (typeof choice !== "object" || choice === null) return choice ?? "auto";
  if (choice.type === "function") return { type: "function", name: choice.function?.name ?? "" };
  // A file search without a vector store is not among the tools of the request.
  return tools.some(({ type }) => type === choice.type) ? { type: choice.type } : "auto";
}
