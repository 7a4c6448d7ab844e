/** The operations on assistants. */

import type { Assistant } from "../../store/mod.ts";
import type { Call, OperationResult } from "./call.ts";
import { unixSeconds } from "../../shared/clock.ts";
import { invalid, notFound } from "../objects/errors.ts";
import { deleteVectorStores, keptResources } from "../hosted/resources.ts";
import { readBody } from "./http.ts";
import { type AssistantFields, deletedObject, newAssistant } from "../objects/new_objects.ts";
import { listQuery, readPage } from "./page.ts";
import {
  createdToolResources,
  MAX_TEXT,
  reasoningEffort,
  responseFormat,
  temperature,
  tool,
  toolResources,
  topP,
} from "../objects/schemas.ts";
import {
  array,
  type Checked,
  metadata,
  nullable,
  object,
  optional,
  string,
} from "../objects/validation.ts";

const fields = {
  name: optional(nullable(string({ max: 256 }))),
  description: optional(nullable(string({ max: 512 }))),
  instructions: optional(nullable(string({ max: MAX_TEXT }))),
  reasoning_effort: optional(reasoningEffort),
  tools: optional(array(tool, { max: 128 })),
  metadata: optional(nullable(metadata)),
  temperature: optional(temperature),
  top_p: optional(topP),
  response_format: optional(nullable(responseFormat)),
};

const model = string({ min: 1 });

/** The body of `POST /assistants`. */
export const createAssistantBody = object({
  ...fields,
  model,
  tool_resources: optional(nullable(createdToolResources)),
});

/** The body of `POST /assistants/{id}`. */
export const modifyAssistantBody = object({
  ...fields,
  model: optional(model),
  tool_resources: optional(nullable(toolResources)),
});

/** The defaults of an assistant. Its model is required. */
const DEFAULTS: AssistantFields = {
  name: null,
  description: null,
  model: "",
  instructions: null,
  tools: [],
  tool_resources: null,
  metadata: {},
  temperature: 1,
  top_p: 1,
  response_format: "auto",
  reasoning_effort: null,
};

/**
 * `POST /assistants`. With an `Idempotency-Key` that the tenant has used before, returns the assistant
 * that was created then.
 */
export async function createAssistant(call: Call): Promise<OperationResult> {
  const { core, store, request } = call;
  const key = request.headers.get("idempotency-key") ?? undefined;
  if (key !== undefined && key.length > 255) {
    throw invalid("The Idempotency-Key header must have at most 255 characters.");
  }
  const body = await readBody(request, createAssistantBody);
  const tool_resources = await keptResources(call, body.tool_resources, {
    path: "tool_resources",
    isThread: false,
  });
  const assistant = newAssistant(
    { ...DEFAULTS, ...changedFields({ ...body, tool_resources }) },
    unixSeconds(core.clock),
  );
  let stored: Assistant | undefined;
  try {
    stored = await store.insertAssistant(assistant, key);
    return { body: stored };
  } finally {
    // The assistant was not created, so its new vector store is deleted.
    const hasNewStore = body.tool_resources?.file_search?.vector_stores !== undefined;
    if (hasNewStore && stored?.id !== assistant.id) await deleteVectorStores(call, tool_resources);
  }
}

/** `GET /assistants`. */
export async function listAssistants({ store, query }: Call): Promise<OperationResult> {
  const page = listQuery(query, "assistant");
  const read = () => store.list("assistant", page);
  return { body: await readPage(read) };
}

/** `GET /assistants/{id}`. */
export async function getAssistant(call: Call): Promise<OperationResult> {
  return { body: await findAssistant(call, call.params.assistant_id) };
}

/** `POST /assistants/{id}`. */
export async function modifyAssistant({ store, request, params }: Call): Promise<OperationResult> {
  const changes = changedFields(await readBody(request, modifyAssistantBody));
  const id = params.assistant_id;
  const assistant = await store.update(
    "assistant",
    id,
    (current) => ({ ...current, ...changes }),
  );
  if (assistant === undefined) throw notFound("assistant", id);
  return { body: assistant };
}

/** `DELETE /assistants/{id}`. */
export async function deleteAssistant({ store, params }: Call): Promise<OperationResult> {
  const id = params.assistant_id;
  if (!await store.delete("assistant", id)) throw notFound("assistant", id);
  return { body: deletedObject("assistant", id) };
}

/** Returns an assistant. @throws {ApiError} 404 */
export async function findAssistant({ store }: Call, id: string): Promise<Assistant> {
  const assistant = await store.get("assistant", id);
  if (assistant === undefined) throw notFound("assistant", id);
  return assistant;
}

/** Returns the fields that a request sets. Null resets a field to its default. */
function changedFields(body: Checked<typeof modifyAssistantBody>): Partial<AssistantFields> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    result[name] = value ?? (DEFAULTS as Record<string, unknown>)[name];
  }
  return result;
}
