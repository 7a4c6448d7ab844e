/** Prompts about code and data. */

import { definePrompt, fenced, joinLines } from "./define_prompt.ts";

/** The arguments of prompts about code. */
const CODE_ARGUMENTS = {
  code: { description: "Code to read", required: true },
  language: {
    description: "Programming language",
    suggest: ["python", "typescript", "javascript", "go", "rust", "java", "sql", "bash"],
  },
} as const;

export const explainCode = definePrompt({
  name: "explain-code",
  title: "Explain code",
  description: "Explain what a piece of code does, and how.",
  arguments: {
    ...CODE_ARGUMENTS,
    detail_level: {
      description: "Level of detail",
      suggest: ["basic", "intermediate", "advanced"],
    },
  },
  text: ({ code, language, detail_level }) =>
    joinLines(
      `Explain this ${language ?? "code"}${
        detail_level ? `; level of detail: ${detail_level}` : ""
      }.`,
      "Start with its purpose, in one sentence. Then go through it in order of execution, and point out surprises, assumptions and possible failures.",
      fenced(code, language),
    ),
});

export const reviewCode = definePrompt({
  name: "review-code",
  title: "Review code",
  description: "Find the defects of a piece of code and how to fix them.",
  arguments: {
    ...CODE_ARGUMENTS,
    focus_areas: {
      description: "Focus of the review",
      suggest: ["security", "performance", "readability", "best_practices"],
    },
  },
  text: ({ code, language, focus_areas }) =>
    joinLines(
      `Review this ${language ?? "code"}.`,
      focus_areas && `Focus on: ${focus_areas.replaceAll("_", " ")}.`,
      "List the findings by severity. For each, give the location, the input that causes the failure, and the fix. Omit matters of taste. If the code is good, say so.",
      fenced(code, language),
    ),
});

export const analyzeDataset = definePrompt({
  name: "analyze-dataset",
  title: "Analyze a data set",
  description: "Plan and carry out the analysis of a data set.",
  arguments: {
    dataset_description: { description: "Description of the data", required: true },
    analysis_goals: { description: "Questions to answer", required: true },
    data_format: {
      description: "Format of the data",
      suggest: ["CSV", "JSON", "Excel", "database", "text"],
    },
  },
  text: ({ dataset_description, analysis_goals, data_format }) =>
    joinLines(
      `Analyze this data set: ${dataset_description}`,
      data_format && `Format: ${data_format}`,
      `Goals: ${analysis_goals}`,
      "Plan first: which questions follow from the goals, which columns answer them, and what could be misleading.",
      "If the data are in a file, give that file to an assistant with code_interpreter (start from the resource assistant://templates/data-analyst), and have it calculate with ask_assistant. If the data are in this conversation, work with them directly.",
      "Give each result with the number of rows it is based on, and say what the data cannot answer.",
    ),
});
