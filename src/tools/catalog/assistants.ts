/** Assistants: models with instructions and tools. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import { assistantSchema, deletedSchema, listSchema } from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import {
  filterFields,
  id,
  metadata,
  model,
  newToolResources,
  optionalNumber,
  optionalText,
  pageFields,
  reasoningEffort,
  responseFormat,
  toolResources,
  tools,
} from "../schemas/arguments.ts";

const fields = {
  name: optionalText,
  description: optionalText,
  instructions: optionalText.describe("System prompt"),
  reasoning_effort: reasoningEffort,
  tools: tools.optional(),
  metadata,
  temperature: optionalNumber,
  top_p: optionalNumber,
  response_format: responseFormat,
};

export const createAssistant = defineTool({
  name: "create_assistant",
  title: "Create assistant",
  description: "Create an assistant: a model with instructions and tools that runs can use.",
  toolset: "assistants",
  input: z.object({
    model: model.optional().describe("Default: the server's"),
    ...fields,
    tool_resources: newToolResources,
  }),
  output: assistantSchema,
  run: ({ model, ...params }, { openai, signal, defaultModel }) =>
    openai.beta.assistants.create({ ...params, model: model ?? defaultModel }, { signal }),
});

export const listAssistants = defineTool({
  name: "list_assistants",
  title: "List assistants",
  description: "List assistants, newest first.",
  toolset: "assistants",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ ...pageFields, ...filterFields }),
  output: listSchema,
  run: (query, { openai, signal }) => listBody(openai.beta.assistants.list(query, { signal })),
});

export const getAssistant = defineTool({
  name: "get_assistant",
  title: "Get assistant",
  description: "Retrieve one assistant by its ID.",
  toolset: "assistants",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ assistant_id: id }),
  output: assistantSchema,
  run: ({ assistant_id }, { openai, signal }) =>
    openai.beta.assistants.retrieve(assistant_id, { signal }),
});

export const modifyAssistant = defineTool({
  name: "modify_assistant",
  title: "Modify assistant",
  description: "Modify an assistant. Given fields are replaced as a whole; others stay unchanged.",
  toolset: "assistants",
  hints: { idempotent: true },
  input: z.object({
    assistant_id: id,
    model: model.optional(),
    ...fields,
    tool_resources: toolResources,
  }),
  output: assistantSchema,
  run: ({ assistant_id, ...params }, { openai, signal }) =>
    openai.beta.assistants.update(assistant_id, params, { signal }),
});

export const deleteAssistant = defineTool({
  name: "delete_assistant",
  title: "Delete assistant",
  description: "Delete an assistant permanently. Its threads remain.",
  toolset: "assistants",
  hints: { destructive: true, idempotent: true },
  input: z.object({ assistant_id: id }),
  output: deletedSchema,
  run: ({ assistant_id }, { openai, signal }) =>
    openai.beta.assistants.delete(assistant_id, { signal }),
});
