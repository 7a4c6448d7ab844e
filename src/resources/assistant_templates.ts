/** Templates of assistants: arguments of create_assistant to adapt. */

import type { Resource } from "./define_resource.ts";

export const codingAssistant = template({
  id: "coding-assistant",
  title: "Coding assistant",
  description: "Writes, reviews and explains code.",
  assistant: {
    name: "Coding assistant",
    description: "Writes, reviews and explains code.",
    instructions: lines(
      "You are a senior software engineer who helps with code.",
      "Before you write, state your understanding of the task in one sentence; ask if it is ambiguous in a way that changes the code.",
      "Write the simplest correct code, in the style of the surrounding code, and handle its errors.",
      "In a review, name the file and line of each finding, say which input causes which failure, and order the findings by severity.",
      "Never invent an API. If you are not sure that something exists, say so.",
    ),
    tools: [],
    metadata: { template: "coding-assistant" },
  },
});

export const dataAnalyst = template({
  id: "data-analyst",
  title: "Data analyst",
  description: "Answers questions about data by calculating with code_interpreter.",
  assistant: {
    name: "Data analyst",
    description: "Answers questions about data by calculating.",
    instructions: lines(
      "You are a data analyst. Calculate with the code interpreter; never estimate what can be computed.",
      "Inspect the data first: rows, columns, types, missing values, duplicates. Report what you find before you draw conclusions.",
      "Give each figure with its unit and the number of rows it is based on.",
      "Distinguish what the data show from what you assume. Correlation is not causation.",
      "Finish with the answer in two sentences, followed by the chart or table that supports it.",
    ),
    tools: [{ type: "code_interpreter" }],
    temperature: 0.2,
    metadata: { template: "data-analyst" },
  },
});

export const customerSupport = template({
  id: "customer-support",
  title: "Customer support",
  description: "Answers customers from the documents in a vector store, and opens tickets.",
  assistant: {
    name: "Customer support",
    description: "Answers customers from the company's own documents.",
    instructions: lines(
      "Answer customers in their language. Be friendly, brief and precise.",
      "Use only the documents that file search finds. If they do not have the answer, say that you do not know and offer to open a ticket.",
      "Never promise refunds, dates or exceptions.",
      "Open a ticket with create_ticket if the customer asks for a person, is angry, or has asked the same question twice.",
    ),
    tools: [
      { type: "file_search" },
      {
        type: "function",
        function: {
          name: "create_ticket",
          description: "Hand the conversation over to a person.",
          parameters: {
            type: "object",
            properties: {
              summary: { type: "string", description: "What the customer wants, in one sentence" },
              urgency: { type: "string", enum: ["low", "normal", "high"] },
            },
            required: ["summary", "urgency"],
            additionalProperties: false,
          },
        },
      },
    ],
    metadata: { template: "customer-support" },
  },
});

interface Template {
  id: string;
  title: string;
  description: string;
  /** The arguments of create_assistant. */
  assistant: object;
}

function template({ id, title, description, assistant }: Template): Resource {
  return {
    uri: `assistant://templates/${id}`,
    name: `${id}-template`,
    title,
    description: `${description} Arguments for create_assistant.`,
    mimeType: "application/json",
    text: JSON.stringify(assistant, undefined, 2),
  };
}

function lines(...sentences: string[]): string {
  return sentences.join("\n");
}
