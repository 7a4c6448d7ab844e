/**
 * The events of `AssistantStreamEvent`, which the document at hand leaves out: what each carries,
 * and the schemas of deltas as OpenAI published them, closed, so that nothing else can be in them.
 */

import type { Schema } from "./document.ts";

const OBJECTS: Record<string, [schema: string, ...endings: string[]]> = {
  "thread": ["ThreadObject", "created"],
  "thread.run": [
    "RunObject",
    "created",
    "queued",
    "in_progress",
    "requires_action",
    "completed",
    "incomplete",
    "failed",
    "cancelling",
    "cancelled",
    "expired",
  ],
  "thread.run.step": [
    "RunStepObject",
    "created",
    "in_progress",
    "completed",
    "failed",
    "cancelled",
    "expired",
  ],
  "thread.message": ["MessageObject", "created", "in_progress", "completed", "incomplete"],
};

/** The schema of what an event carries, by its name; `done` carries no JSON. */
export const EVENTS: Record<string, string> = {
  ...Object.fromEntries(
    Object.entries(OBJECTS).flatMap(([object, [schema, ...endings]]) =>
      endings.map((ending) => [`${object}.${ending}`, schema])
    ),
  ),
  "thread.run.step.delta": "RunStepDeltaObject",
  "thread.message.delta": "MessageDeltaObject",
  // In the nested form, which every version of the SDK reads.
  "error": "ErrorResponse",
};

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", minimum: 0 };

function closed(properties: Record<string, Schema>, ...optional: string[]): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

/** A part of a list: its type, its place in the list, and what it adds. */
function part(type: string, added: Schema, more: Record<string, Schema> = {}): Schema {
  const properties = { index: count, type: { enum: [type] }, [type]: added, ...more };
  return closed(properties, type, ...Object.keys(more));
}

function list(...items: Schema[]): Schema {
  return { type: "array", items: { oneOf: items } };
}

const place = { text, start_index: count, end_index: count };
const file = closed({ file_id: text });

const message = list(
  part(
    "text",
    closed(
      {
        value: text,
        annotations: list(part("file_citation", file, place), part("file_path", file, place)),
      },
      "value",
      "annotations",
    ),
  ),
  part("refusal", text),
  part("image_file", closed({ file_id: text, detail: text }, "detail")),
  part("image_url", closed({ url: text, detail: text }, "detail")),
);

const calls = list(
  part(
    "function",
    closed(
      { name: text, arguments: text, output: { type: "null" } },
      "name",
      "arguments",
      "output",
    ),
    { id: text },
  ),
  part(
    "code_interpreter",
    closed(
      {
        input: text,
        outputs: list(part("logs", text), part("image", file)),
      },
      "input",
      "outputs",
    ),
    { id: text },
  ),
  part("file_search", { type: "object" }, { id: text }),
);

function delta(object: string, added: Record<string, Schema>, ...optional: string[]): Schema {
  return closed({ id: text, object: { enum: [object] }, delta: closed(added, ...optional) });
}

export const STREAM_SCHEMAS: Record<string, Schema> = {
  MessageDeltaObject: delta(
    "thread.message.delta",
    { role: { enum: ["user", "assistant"] }, content: message },
    "role",
  ),
  RunStepDeltaObject: delta("thread.run.step.delta", {
    step_details: closed({ type: { enum: ["tool_calls"] }, tool_calls: calls }),
  }),
};
