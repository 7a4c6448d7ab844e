/** Invalid calls: valid calls with one argument made invalid, by the contract's rules for it. */

import type { Args } from "../kit/tool_examples.ts";

interface Kind {
  /** Values of all other types. */
  wrong: readonly unknown[];
  nullable?: boolean;
}

const text: Kind = { wrong: [42, 1.5, true, [], ["x"], {}, { value: "x" }] };
const number: Kind = { wrong: ["much", true, [], [1], {}] };
const integer: Kind = { wrong: [...number.wrong, 1.5] };
const boolean: Kind = { wrong: ["maybe", 42, 1.5, [], {}] };
const object: Kind = { wrong: ["x", 42, true, [], [{}]] };
const array: Kind = { wrong: ["x", 42, true, {}, { type: "text" }] };

function nullable(kind: Kind): Kind {
  return { ...kind, nullable: true };
}

function oneOf(kind: Kind): Kind {
  return { ...kind, wrong: [...kind.wrong, "unheard_of", ""] };
}

function including(kind: Kind, ...wrong: unknown[]): Kind {
  return { ...kind, wrong: [...kind.wrong, ...wrong] };
}

const TOOLS = including(
  array,
  [{}],
  [{ type: "unheard_of" }],
  [{ type: 42 }],
  ["file_search"],
  [{ type: "function", function: "get_weather" }],
  [{ type: "function", function: {} }],
  [{ type: "function", function: { name: 42 } }],
  [{ type: "function", function: { name: "f", parameters: "{}" } }],
  [{ type: "function", function: { name: "f", strict: "yes" } }],
  [{ type: "file_search", file_search: { max_num_results: "5" } }],
  [{ type: "file_search", file_search: { max_num_results: 1.5 } }],
  [{ type: "file_search", file_search: { ranking_options: {} } }],
  [{
    type: "file_search",
    file_search: { ranking_options: { score_threshold: 0, ranker: "best" } },
  }],
);

const RESOURCES = including(
  nullable(object),
  { code_interpreter: [] },
  { code_interpreter: { file_ids: "file-1" } },
  { code_interpreter: { file_ids: [1] } },
  { file_search: "vs_1" },
  { file_search: { vector_store_ids: [null] } },
);

const CONTENT_PARTS = [
  [{}],
  [{ type: "unheard_of" }],
  [{ type: "text", text: { value: "x" } }],
  [{ type: "image_file", image_file: {} }],
  [{ type: "image_url", image_url: { url: "x", detail: "huge" } }],
  ["x"],
];

const MESSAGES = including(
  array,
  [{}],
  ["x"],
  [{ role: "user" }],
  [{ role: "system", content: "x" }],
  [{ role: "user", content: 42 }],
  [{ role: "user", content: "x", metadata: { n: 1 } }],
  [{ role: "user", content: "x", attachments: [{ file_id: 1 }] }],
);

const METADATA = including(nullable(object), { n: 1 }, { n: null }, { n: {} });

/** The contract's rules for each argument, by name. */
const KINDS: Record<string, Kind> = {
  assistant_id: text,
  thread_id: text,
  message_id: text,
  run_id: text,
  step_id: text,
  job_id: text,
  file_id: text,
  vector_store_id: text,
  message: text,
  query: text,
  prompt: text,
  images: including(array, [1], [null], [{ file_id: "file-1" }]),
  mask: text,
  size: text,
  quality: text,
  background: text,
  output_format: text,
  output_compression: including(integer, -1, 101),
  n: including(integer, 0, 11, 50),
  data: text,
  path: text,
  filename: text,
  purpose: text,
  offset: including(integer, -1),
  file_ids: including(array, [1], [null], [["file-1"]]),
  expires_after: including(object, {}, { anchor: "last_active_at" }, { anchor: "now", days: 1 }),
  attributes: object,
  chunking_strategy: object,
  filters: object,
  filter: oneOf(text),
  max_num_results: integer,
  rewrite_query: boolean,
  text,
  expression: text,
  after: text,
  before: text,
  limit: integer,
  order: oneOf(text),
  format: oneOf(text),
  status: text,
  created_after: integer,
  created_before: integer,
  role: oneOf(text),
  name: nullable(text),
  description: nullable(text),
  additional_instructions: nullable(text),
  stream: nullable(boolean),
  tool_outputs: including(
    array,
    ["x"],
    [{ tool_call_id: 1 }],
    [{ tool_call_id: null }],
    [{ output: 42 }],
    [{ output: { temperature: 20 } }],
  ),
  parallel_tool_calls: boolean,
  top_p: nullable(number),
  max_prompt_tokens: nullable(integer),
  max_completion_tokens: nullable(integer),
  max_tokens: including(integer, 0, -1),
  wait_s: including(number, -1),
  reasoning_effort: nullable(oneOf(text)),
  metadata: METADATA,
  tool_resources: RESOURCES,
  messages: MESSAGES,
  additional_messages: nullable(MESSAGES),
  thread: including(object, { messages: "x" }, { messages: [{}] }, { metadata: "x" }),
  include: including(array, ["everything"], [1]),
  content: { wrong: [42, true, {}, ...CONTENT_PARTS] },
  attachments: including(nullable(array), ["file-1"], [{ tools: "x" }], [{ tools: [{}] }]),
  truncation_strategy: including(nullable(object), {}, { type: "middle" }, {
    type: "last_messages",
    last_messages: "3",
  }),
  tool_choice: nullable({
    wrong: [42, true, [], "always", {}, { type: "unheard_of" }, {
      type: "function",
      function: {},
    }],
  }),
  response_format: nullable({
    wrong: [42, true, [], "json", {}, { type: "xml" }, { type: "json_schema", json_schema: {} }],
  }),
};

const FILTER_KINDS: Record<string, Kind> = { metadata: { ...METADATA, nullable: false } };

const RUN_KINDS: Record<string, Kind> = {
  model: nullable(text),
  instructions: nullable(text),
  tools: nullable(TOOLS),
  temperature: nullable(number),
};

/** Arguments that some tool restricts more than others do, for example by not accepting null. */
const EXCEPTIONS: Record<string, Record<string, Kind>> = {
  create_assistant: {
    model: text,
    instructions: nullable(text),
    tools: TOOLS,
    temperature: nullable(number),
  },
  modify_assistant: {
    model: text,
    instructions: nullable(text),
    tools: TOOLS,
    temperature: nullable(number),
  },
  list_assistants: FILTER_KINDS,
  list_threads: FILTER_KINDS,
  list_messages: FILTER_KINDS,
  list_runs: FILTER_KINDS,
  create_run: RUN_KINDS,
  create_thread_and_run: RUN_KINDS,
  ask_assistant: { model: text, instructions: text, tools: TOOLS },
  ask_openai: { model: text, instructions: text, temperature: including(number, -0.1, 2.1) },
  create_image: { model: text },
  edit_image: { model: text },
  create_vector_store: { name: text },
  modify_vector_store: {
    expires_after: including(nullable(object), {}, { anchor: "last_active_at" }),
  },
};

const REQUIRED: Record<string, readonly string[]> = {
  create_message: ["thread_id", "role", "content"],
  create_run: ["thread_id", "assistant_id"],
  create_thread_and_run: ["assistant_id"],
  submit_tool_outputs: ["thread_id", "run_id", "tool_outputs"],
  create_messages: ["thread_id", "messages"],
  search_messages: ["query"],
  export_thread: ["thread_id"],
  list_messages: ["thread_id"],
  list_runs: ["thread_id"],
  list_run_steps: ["thread_id", "run_id"],
  ask_assistant: ["message"],
  ask_openai: ["query"],
  create_image: ["prompt"],
  edit_image: ["prompt", "images"],
  list_vector_store_files: ["vector_store_id"],
  add_vector_store_files: ["vector_store_id", "file_ids"],
  search_vector_store: ["vector_store_id", "query"],
  echo: ["text"],
  calculate: ["expression"],
};

const UNKNOWN = [
  "assistantId",
  "threadId",
  "ID",
  "id",
  "x",
  "file_ids",
  "Model",
  "Status",
  "$ref",
  "include[]",
];

/** Returns every variant of these arguments with one invalid value. */
export function invalidArguments(tool: string, example: Args): { args: Args; why: string }[] {
  const wrong = Object.keys(example).flatMap((name) => {
    const kind = EXCEPTIONS[tool]?.[name] ?? KINDS[name];
    if (kind === undefined) throw new Error(`Say what kind of argument "${name}" of ${tool} is.`);
    return [...kind.wrong, ...(kind.nullable ? [] : [null])].map((value) => ({
      args: { ...example, [name]: value },
      why: `${name}: ${JSON.stringify(value)}`,
    }));
  });
  const missing = Object.keys(example).filter((name) => isRequired(tool, name)).map((name) => {
    const { [name]: _, ...args } = example;
    return { args, why: `no ${name}` };
  });
  const unknown = UNKNOWN.map((name) => ({ args: { ...example, [name]: "x" }, why: name }));
  return [...wrong, ...missing, ...unknown];
}

function isRequired(tool: string, name: string): boolean {
  const required = REQUIRED[tool];
  if (required !== undefined) return required.includes(name);
  // Reading, modifying or deleting an object requires all of its ids.
  return /^(get|modify|delete|remove|cancel|wait)_/.test(tool) && name.endsWith("_id");
}
