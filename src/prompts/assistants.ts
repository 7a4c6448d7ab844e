/** Prompts that create an assistant. */

import { definePrompt, joinLines } from "./define_prompt.ts";

export const createCodingAssistant = definePrompt({
  name: "create-coding-assistant",
  title: "Create a coding assistant",
  description: "Make an assistant that writes, reviews and explains code of one kind.",
  arguments: {
    specialization: {
      description: "What it programs",
      required: true,
      suggest: ["Python web development", "React frontend", "TypeScript", "Rust", "DevOps", "SQL"],
    },
    experience_level: {
      description: "Whom it talks to",
      suggest: ["beginner", "intermediate", "expert"],
    },
    additional_tools: {
      description: "Hosted tools that it may use",
      suggest: ["code_interpreter", "file_search", "code_interpreter, file_search"],
    },
  },
  text: ({ specialization, experience_level, additional_tools }) =>
    joinLines(
      `Make an assistant for ${specialization} with create_assistant.`,
      "Begin with the resource assistant://templates/coding-assistant and adapt its instructions:",
      `- name the field: ${specialization}, its tools, its idioms and its usual mistakes`,
      experience_level &&
        `- it talks to people of this level: ${experience_level}; choose how much it explains accordingly`,
      additional_tools && `- give it these tools: ${additional_tools}`,
      "Show me the instructions before you create it. Then ask it one small question in its field with ask_assistant, and tell me its id.",
    ),
});

export const createDataAnalyst = definePrompt({
  name: "create-data-analyst",
  title: "Create a data analyst",
  description: "Make an assistant that answers questions about data by calculating.",
  arguments: {
    domain: {
      description: "Where the data come from",
      required: true,
      suggest: ["business intelligence", "scientific research", "marketing", "finance"],
    },
    tools_focus: {
      description: "What it mainly works with",
      suggest: ["python", "r", "sql", "visualization"],
    },
  },
  text: ({ domain, tools_focus }) =>
    joinLines(
      `Make an assistant that analyses data of this field: ${domain}. Use create_assistant.`,
      "Begin with the resource assistant://templates/data-analyst and adapt its instructions:",
      `- name the figures and the questions that matter in ${domain}, and the errors that are common there`,
      tools_focus && `- it mainly works with ${tools_focus}`,
      "It needs code_interpreter; if the model server has none, say so and leave it out.",
      "Show me the instructions before you create it, and tell me its id afterwards.",
    ),
});

export const createWritingAssistant = definePrompt({
  name: "create-writing-assistant",
  title: "Create a writing assistant",
  description: "Make an assistant that writes and edits texts of one kind.",
  arguments: {
    writing_type: {
      description: "What it writes",
      required: true,
      suggest: ["technical documentation", "marketing copy", "academic papers", "release notes"],
    },
    tone: {
      description: "How it sounds",
      suggest: ["professional", "casual", "academic", "creative"],
    },
    audience: {
      description: "Who reads it",
      suggest: ["general public", "technical experts", "students", "customers"],
    },
  },
  text: ({ writing_type, tone, audience }) =>
    joinLines(
      `Make an assistant that writes and edits ${writing_type}. Use create_assistant without tools.`,
      "Its instructions say:",
      `- what good ${writing_type} looks like: how it is built, how long it is, what it leaves out`,
      tone && `- the tone: ${tone}`,
      audience && `- the readers: ${audience}, and what they know already`,
      "- when it edits, it keeps the author's meaning, marks what it was not sure of and says what it changed",
      "Show me the instructions before you create it. Then let it write one paragraph with ask_assistant, and tell me its id.",
    ),
});
