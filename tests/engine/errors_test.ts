import assert from "node:assert/strict";
import { prepare, send, setUp } from "../kit/engine.ts";

const many = (length: number) => Array.from({ length }, (_, i) => i);
const functionTool = (name: string) => ({ type: "function", function: { name } });

type Row = [
  method: string,
  path: string,
  body: unknown,
  status: number,
  message: string,
  param: string | null,
  code: string | null,
];

/** The error table of the contract, and its kin. */
function rows(ids: { assistant_id: string; thread_id: string; message_id: string }): Row[] {
  const { assistant_id, thread_id, message_id } = ids;
  const thread = `/threads/${thread_id}`;
  const gone = (kind: string, id: string) => `No ${kind} found with id '${id}'.`;
  const asst = (more: object) => ({ model: "m", ...more });
  const run = (more: object) => ({ assistant_id, ...more });
  const user = (more: object) => ({ role: "user", content: "Hi.", ...more });
  return [
    ["GET", "/assistants/asst_x", undefined, 404, gone("assistant", "asst_x"), null, null],
    ["POST", "/assistants/asst_x", {}, 404, gone("assistant", "asst_x"), null, null],
    ["DELETE", "/assistants/asst_x", undefined, 404, gone("assistant", "asst_x"), null, null],
    ["GET", "/threads/thread_x", undefined, 404, gone("thread", "thread_x"), null, null],
    ["GET", "/threads/thread_x/messages", undefined, 404, gone("thread", "thread_x"), null, null],
    ["POST", "/threads/thread_x/messages", user({}), 404, gone("thread", "thread_x"), null, null],
    ["POST", "/threads/thread_x/runs", run({}), 404, gone("thread", "thread_x"), null, null],
    ["GET", "/threads/thread_x/runs", undefined, 404, gone("thread", "thread_x"), null, null],
    ["GET", "/threads/thread_x/runs/run_x", undefined, 404, gone("thread", "thread_x"), null, null],
    ["GET", `${thread}/messages/msg_x`, undefined, 404, gone("message", "msg_x"), null, null],
    ["GET", `${thread}/runs/run_x`, undefined, 404, gone("run", "run_x"), null, null],
    ["POST", `${thread}/runs/run_x/cancel`, undefined, 404, gone("run", "run_x"), null, null],
    ["GET", `${thread}/runs/run_x/steps`, undefined, 404, gone("run", "run_x"), null, null],
    ["GET", `${thread}/runs/run_x/steps/step_x`, undefined, 404, gone("run", "run_x"), null, null],
    [
      "POST",
      `${thread}/runs`,
      { assistant_id: "asst_x" },
      404,
      gone("assistant", "asst_x"),
      null,
      null,
    ],
    [
      "POST",
      "/threads/undefined/runs",
      run({}),
      400,
      "Invalid 'thread_id': 'undefined'. Expected an ID that begins with 'thread'.",
      "thread_id",
      "invalid_value",
    ],
    [
      "GET",
      `${thread}/messages/${assistant_id}`,
      undefined,
      400,
      `Invalid 'message_id': '${assistant_id}'. Expected an ID that begins with 'msg'.`,
      "message_id",
      "invalid_value",
    ],
    [
      "GET",
      "/assistants/a%20b",
      undefined,
      400,
      "Invalid 'assistant_id': 'a b'. Expected an ID that begins with 'asst'.",
      "assistant_id",
      "invalid_value",
    ],
    [
      "POST",
      `${thread}/runs`,
      { assistant_id: "thread_x" },
      400,
      "Invalid 'assistant_id': 'thread_x'. Expected an ID that begins with 'asst'.",
      "assistant_id",
      "invalid_value",
    ],
    [
      "POST",
      "/threads",
      { messages: [user({ attachments: [{ file_id: "x", tools: [] }] })] },
      400,
      "Invalid 'messages[0].attachments[0].file_id': 'x'. Expected an ID that begins with 'file'.",
      "messages[0].attachments[0].file_id",
      "invalid_value",
    ],
    [
      "POST",
      "/assistants",
      asst({ tools: many(130).map((i) => functionTool(`f${i}`)) }),
      400,
      "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 130 instead.",
      "tools",
      "array_above_max_length",
    ],
    [
      "POST",
      `${thread}/runs`,
      run({ tools: many(21).map((i) => functionTool(`f${i}`)) }),
      400,
      "Invalid 'tools': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.",
      "tools",
      "array_above_max_length",
    ],
    [
      "POST",
      "/assistants",
      asst({ instructions: "x".repeat(256_001) }),
      400,
      "Invalid 'instructions': string too long. Expected a string with maximum length 256000, but got a string with length 256001 instead.",
      "instructions",
      "string_above_max_length",
    ],
    [
      "POST",
      "/assistants",
      asst({ metadata: { k: "x".repeat(513) } }),
      400,
      "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
      "metadata.k",
      "string_above_max_length",
    ],
    [
      "POST",
      "/assistants",
      asst({ tools: [functionTool("ok"), functionTool("x".repeat(65))] }),
      400,
      "Invalid 'tools[1].function.name': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
      "tools[1].function.name",
      "string_above_max_length",
    ],
    [
      "POST",
      "/assistants",
      asst({ tools: [functionTool("not ok")] }),
      400,
      "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
      "tools[0].function.name",
      "invalid_value",
    ],
    [
      "POST",
      "/threads",
      { metadata: Object.fromEntries(many(24).map((i) => [`k${i}`, "v"])) },
      400,
      "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 24 properties instead.",
      "metadata",
      "object_above_max_properties",
    ],
    [
      "GET",
      "/assistants?limit=130",
      undefined,
      400,
      "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 130 instead.",
      "limit",
      "integer_above_max_value",
    ],
    [
      "GET",
      `${thread}/messages?limit=0`,
      undefined,
      400,
      "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      "limit",
      "integer_below_min_value",
    ],
    [
      "GET",
      "/assistants?limit=ten",
      undefined,
      400,
      "Invalid type for 'limit': expected an integer, but got a string instead.",
      "limit",
      "invalid_type",
    ],
    [
      "GET",
      "/assistants?order=up",
      undefined,
      400,
      "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.",
      "order",
      "invalid_value",
    ],
    [
      "GET",
      "/assistants?after=asst_x",
      undefined,
      400,
      "Invalid 'after': no object found with id 'asst_x' in this list.",
      "after",
      "invalid_value",
    ],
    [
      "GET",
      `${thread}/runs?before=${message_id}`,
      undefined,
      400,
      `Invalid 'before': '${message_id}'. Expected an ID that begins with 'run'.`,
      "before",
      "invalid_value",
    ],
    [
      "GET",
      `${thread}/messages?run_id=x`,
      undefined,
      400,
      "Invalid 'run_id': 'x'. Expected an ID that begins with 'run'.",
      "run_id",
      "invalid_value",
    ],
    [
      "POST",
      `${thread}/runs?include[]=everything`,
      run({}),
      400,
      "Invalid value: 'everything'. Supported values are: 'step_details.tool_calls[*].file_search.results[*].content'.",
      "include[0]",
      "invalid_value",
    ],
    [
      "POST",
      `${thread}/messages`,
      user({ file_ids: [] }),
      400,
      "Unknown parameter: 'file_ids'.",
      "file_ids",
      "unknown_parameter",
    ],
    [
      "POST",
      "/assistants",
      asst({ tools: [{ type: "code_interpreter", container: "x" }] }),
      400,
      "Unknown parameter: 'tools[0].container'.",
      "tools[0].container",
      "unknown_parameter",
    ],
    [
      "POST",
      "/threads/runs",
      run({ additional_instructions: "x" }),
      400,
      "Unknown parameter: 'additional_instructions'.",
      "additional_instructions",
      "unknown_parameter",
    ],
    [
      "POST",
      `${thread}/messages/${message_id}`,
      { content: "x" },
      400,
      "Unknown parameter: 'content'.",
      "content",
      "unknown_parameter",
    ],
    [
      "POST",
      `${thread}/runs`,
      {},
      400,
      "Missing required parameter: 'assistant_id'.",
      "assistant_id",
      "missing_required_parameter",
    ],
    [
      "POST",
      "/assistants",
      undefined,
      400,
      "Missing required parameter: 'model'.",
      "model",
      "missing_required_parameter",
    ],
    [
      "POST",
      "/threads",
      { messages: [{ role: "user" }] },
      400,
      "Missing required parameter: 'messages[0].content'.",
      "messages[0].content",
      "missing_required_parameter",
    ],
    [
      "POST",
      `${thread}/runs`,
      run({ truncation_strategy: { type: "last_messages" } }),
      400,
      "Missing required parameter: 'truncation_strategy.last_messages'.",
      "truncation_strategy.last_messages",
      "missing_required_parameter",
    ],
    [
      "POST",
      "/assistants",
      { model: 4 },
      400,
      "Invalid type for 'model': expected a string, but got an integer instead.",
      "model",
      "invalid_type",
    ],
    [
      "POST",
      "/assistants",
      { model: null },
      400,
      "Invalid type for 'model': expected a string, but got null instead.",
      "model",
      "invalid_type",
    ],
    [
      "POST",
      `${thread}/messages`,
      user({ content: 5.5 }),
      400,
      "Invalid type for 'content': expected one of a string or an array of objects, but got a decimal number instead.",
      "content",
      "invalid_type",
    ],
    [
      "POST",
      `${thread}/runs`,
      run({ stream: "yes" }),
      400,
      "Invalid type for 'stream': expected a boolean, but got a string instead.",
      "stream",
      "invalid_type",
    ],
    [
      "POST",
      `${thread}/runs`,
      run({ tool_choice: 1 }),
      400,
      "Invalid type for 'tool_choice': expected one of a string or an object, but got an integer instead.",
      "tool_choice",
      "invalid_type",
    ],
    [
      "POST",
      `${thread}/messages`,
      user({ content: [] }),
      400,
      "Invalid 'content': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      "content",
      "empty_array",
    ],
    [
      "POST",
      `${thread}/messages`,
      user({ role: "system" }),
      400,
      "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
      "role",
      "invalid_value",
    ],
    [
      "POST",
      "/assistants",
      asst({ tools: [{ type: "retrieval" }] }),
      400,
      "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'function', and 'file_search'.",
      "tools[0].type",
      "invalid_value",
    ],
    [
      "POST",
      "/assistants",
      asst({ reasoning_effort: "extreme" }),
      400,
      "Invalid value: 'extreme'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'.",
      "reasoning_effort",
      "invalid_value",
    ],
    [
      "POST",
      "/assistants",
      asst({ temperature: 2.5 }),
      400,
      "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
      "temperature",
      "decimal_above_max_value",
    ],
    [
      "POST",
      `${thread}/runs`,
      run({ max_completion_tokens: 8 }),
      400,
      "Invalid 'max_completion_tokens': integer below minimum value. Expected a value >= 256, but got 8 instead.",
      "max_completion_tokens",
      "integer_below_min_value",
    ],
    [
      "POST",
      "/threads",
      { tool_resources: { file_search: { vector_store_ids: ["vs_1"], vector_stores: [] } } },
      400,
      "Mutually exclusive parameters. Ensure you are only providing one of: 'tool_resources.file_search.vector_store_ids' or 'tool_resources.file_search.vector_stores'.",
      "tool_resources.file_search",
      "mutually_exclusive_parameters",
    ],
    [
      "POST",
      "/threads",
      "{",
      400,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
      null,
      null,
    ],
    [
      "POST",
      "/threads",
      [],
      400,
      "Invalid type for the request body: expected an object, but got an array instead.",
      null,
      "invalid_type",
    ],
    ["GET", "/nothing?a=b", undefined, 404, "Invalid URL (GET /v1/nothing)", null, null],
    ["GET", "/threads/", undefined, 404, "Invalid URL (GET /v1/threads/)", null, null],
    [
      "GET",
      "/threads//messages",
      undefined,
      404,
      "Invalid URL (GET /v1/threads//messages)",
      null,
      null,
    ],
    ["GET", `${thread}/files`, undefined, 404, `Invalid URL (GET /v1${thread}/files)`, null, null],
    [
      "DELETE",
      "/assistants",
      undefined,
      405,
      "Not allowed to DELETE on /v1/assistants. (HINT: Perhaps you meant to make a GET or POST request?)",
      null,
      "method_not_supported",
    ],
  ];
}

Deno.test("every refusal has the words, the parameter and the code of the contract", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  const { data } = await setup.client.beta.threads.messages.list(thread_id);
  const ids = { assistant_id, thread_id, message_id: data[0]?.id ?? "" };
  for (const [method, path, sent, status, message, param, code] of rows(ids)) {
    const answer = await send(setup, method, path, sent);
    const error = { message, type: "invalid_request_error", param, code };
    assert.deepEqual([answer.status, answer.body], [status, { error }], `${method} ${path}`);
    assert.match(answer.headers.get("x-request-id") ?? "", /^req_/);
  }
});

Deno.test("the OpenAI-Beta header is accepted and not required, and the path may begin anywhere", async () => {
  await using setup = await setUp();
  const { engine, caller } = setup;
  for (const url of ["http://e/assistants", "http://e/a/b/v1/assistants?api-version=v1"]) {
    const headers = { "openai-beta": "assistants=v2" };
    assert.equal((await engine.fetch(new Request(url, { headers }), caller)).status, 200);
    assert.equal((await engine.fetch(new Request(url), caller)).status, 200);
  }
});

Deno.test("a fault of the engine's own is answered without its details", async () => {
  await using setup = await setUp();
  const { assistant_id } = await prepare(setup);
  const { engine } = setup;
  const caller = {
    ...setup.caller,
    upstream: () => Promise.reject(new Error("secret detail")),
  };
  const answer = await send({ engine, caller }, "POST", "/threads/runs", { assistant_id });
  assert.equal(answer.status, 500);
  assert.deepEqual(answer.body, {
    error: {
      message: "The server had an error while processing your request.",
      type: "server_error",
      param: null,
      code: null,
    },
  });
});
