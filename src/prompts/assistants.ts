/** Prompts that create an assistant. */

import { definePrompt, joinLines } from "./define_prompt.ts";

export const createCodingAssistant = definePrompt({
  name: "create-coding-assistant",
  title: "Create a coding assistant",
  description: "Create an assistant that writes, reviews and explains code in one field.",
  arguments: {
    specialization: {
      description: "Field of programming",
      required: true,
      suggest: ["Python web development", "React frontend", "TypeScript", "Rust", "DevOps", "SQL"],
    },
    experience_level: {
      description: "Level of its users",
      suggest: ["beginner", "intermediate", "expert"],
    },
    additional_tools: {
      description: "Hosted tools to enable",
      suggest: ["code_interpreter", "file_search", "code_interpreter, file_search"],
    },
  },
  text: ({ specialization, experience_level, additional_tools }) =>
    joinLines(
      `Create an assistant for ${specialization} with create_assistant.`,
      "Start from the resource assistant://templates/coding-assistant and adapt its instructions:",
      `- name the field, ${specialization}, with its tools, idioms and common mistakes`,
      experience_level &&
        `- its users have this level: ${experience_level}; adapt the depth of its explanations`,
      additional_tools && `- enable these tools: ${additional_tools}`,
      "Show me the instructions before you create it. Then test it with one small question in its field with ask_assistant, and tell me its id.",
    ),
});

export const createDataAnalyst = definePrompt({
  name: "create-data-analyst",
  title: "Create a data analyst",
  description: "Create an assistant that answers questions about data by calculating.",
  arguments: {
    domain: {
      description: "Field of the data",
      required: true,
      suggest: ["business intelligence", "scientific research", "marketing", "finance"],
    },
    tools_focus: {
      description: "Main language or method",
      suggest: ["python", "r", "sql", "visualization"],
    },
  },
  text: ({ domain, tools_focus }) =>
    joinLines(
      `Create an assistant that analyzes data in this field: ${domain}. Use create_assistant.`,
      "Start from the resource assistant://templates/data-analyst and adapt its instructions:",
      `- name the figures and questions that matter in ${domain}, and its common errors`,
      tools_focus && `- it mainly works with ${tools_focus}`,
      "It needs code_interpreter; if the model server does not support it, say so and omit it.",
      "Show me the instructions before you create it, and tell me its id afterwards.",
    ),
});

export const createWritingAssistant = definePrompt({
  name: "create-writing-assistant",
  title: "Create a writing assistant",
  description: "Create an assistant that writes and edits one kind of text.",
  arguments: {
    writing_type: {
      description: "Kind of text",
      required: true,
      suggest: ["technical documentation", "marketing copy", "academic papers", "release notes"],
    },
    tone: {
      description: "Tone of the text",
      suggest: ["professional", "casual", "academic", "creative"],
    },
    audience: {
      description: "Readers of the text",
      suggest: ["general public", "technical experts", "students", "customers"],
    },
  },
  text: ({ writing_type, tone, audience }) =>
    joinLines(
      `Create an assistant that writes and edits ${writing_type}. Use create_assistant without tools.`,
      "Its instructions should say:",
      `- what characterizes good ${writing_type}: its structure, its length, what it omits`,
      tone && `- the tone: ${tone}`,
      audience && `- the readers: ${audience}, and what they already know`,
      "- when it edits, it preserves the author's meaning, marks what it is unsure of and summarizes its changes",
      "Show me the instructions before you create it. Then have it write one paragraph with ask_assistant, and tell me its id.",
    ),
});
