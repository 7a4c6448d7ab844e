/** All prompts, in the order in which clients list them. */

import { createCodingAssistant, createDataAnalyst, createWritingAssistant } from "./assistants.ts";
import type { Prompt } from "./define_prompt.ts";
import {
  configureAssistantRun,
  createConversationThread,
  debugRunIssues,
  organizeThreadMessages,
} from "./threads.ts";
import { analyzeDataset, explainCode, reviewCode } from "./code_and_data.ts";

export type { Prompt } from "./define_prompt.ts";

export const prompts: readonly Prompt[] = [
  createCodingAssistant,
  createDataAnalyst,
  createWritingAssistant,
  createConversationThread,
  organizeThreadMessages,
  explainCode,
  reviewCode,
  configureAssistantRun,
  debugRunIssues,
  analyzeDataset,
];
