/** Prompts about code and data. */

import { definePrompt, fenced, joinLines } from "./define_prompt.ts";

/** The arguments of prompts about code. */
const CODE_ARGUMENTS = {
  code: { description: "The code", required: true },
  language: {
    description: "Its language",
    suggest: ["python", "typescript", "javascript", "go", "rust", "java", "sql", "bash"],
  },
} as const;

export const explainCode = definePrompt({
  name: "explain-code",
  title: "Explain code",
  description: "Explain what a piece of code does and how.",
  arguments: {
    ...CODE_ARGUMENTS,
    detail_level: {
      description: "How thoroughly",
      suggest: ["basic", "intermediate", "advanced"],
    },
  },
  text: ({ code, language, detail_level }) =>
    joinLines(
      `Explain this ${language ?? "code"}${
        detail_level ? ` at a level that is ${detail_level}` : ""
      }.`,
      "Say first what it is for, in one sentence. Then go through it in the order in which it runs, and name what is surprising, what it assumes and where it can fail.",
      fenced(code, language),
    ),
});

export const reviewCode = definePrompt({
  name: "review-code",
  title: "Review code",
  description: "Find what is wrong with a piece of code and how to mend it.",
  arguments: {
    ...CODE_ARGUMENTS,
    focus_areas: {
      description: "What to look at above all",
      suggest: ["security", "performance", "readability", "best_practices"],
    },
  },
  text: ({ code, language, focus_areas }) =>
    joinLines(
      `Review this ${language ?? "code"}.`,
      focus_areas && `Look above all at: ${focus_areas.replaceAll("_", " ")}.`,
      "List the findings by harm. For each: where it is, what goes wrong with which input, and the change that mends it. Leave out what is a matter of taste. If it is good, say so.",
      fenced(code, language),
    ),
});

export const analyzeDataset = definePrompt({
  name: "analyze-dataset",
  title: "Analyze a data set",
  description: "Plan and carry out the analysis of a data set.",
  arguments: {
    dataset_description: { description: "What the data are", required: true },
    analysis_goals: { description: "What you want to learn", required: true },
    data_format: {
      description: "Their form",
      suggest: ["CSV", "JSON", "Excel", "database", "text"],
    },
  },
  text: ({ dataset_description, analysis_goals, data_format }) =>
    joinLines(
      `Analyze this data set: ${dataset_description}`,
      data_format && `Its form: ${data_format}`,
      `What I want to learn: ${analysis_goals}`,
      "Plan first: which questions follow from the goals, which columns answer them, what could mislead.",
      "If the data are a file, use an assistant with code_interpreter that has it among its files (the resource assistant://templates/data-analyst is one to begin with), and let it calculate with ask_assistant. If the data are here in the conversation, work with them directly.",
      "Give each result with the number of rows behind it, and say what the data cannot answer.",
    ),
});
