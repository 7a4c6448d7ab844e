/** The tools of a run, as a request for a response has them. */

import type OpenAI from "openai";
import type { Run } from "../../../store/mod.ts";

type Tool = OpenAI.Responses.Tool;
type ToolChoice = OpenAI.Responses.ResponseCreateParams["tool_choice"];

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
