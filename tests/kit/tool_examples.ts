/** Valid arguments of every tool; the first of each names every argument there is. */

export type Args = Record<string, unknown>;

const metadata = { project: "tutor", level: "2" };

const functionTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a place",
    parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
    strict: true,
  },
};

const tools = [
  { type: "code_interpreter" },
  {
    type: "file_search",
    file_search: {
      max_num_results: 5,
      ranking_options: { ranker: "auto", score_threshold: 0.5 },
    },
  },
  functionTool,
];

const toolResources = {
  code_interpreter: { file_ids: ["file-1"] },
  file_search: { vector_store_ids: ["vs_1"] },
};

const newToolResources = {
  code_interpreter: { file_ids: ["file-1"] },
  file_search: {
    vector_stores: [{
      file_ids: ["file-2"],
      chunking_strategy: {
        type: "static",
        static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
      },
      metadata,
    }],
  },
};

const responseFormat = {
  type: "json_schema",
  json_schema: {
    name: "answer",
    description: "An answer",
    schema: { type: "object" },
    strict: true,
  },
};

const message = {
  role: "user",
  content: [
    { type: "text", text: "What is in these?" },
    { type: "image_file", image_file: { file_id: "file-3", detail: "low" } },
    { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "auto" } },
  ],
  attachments: [{
    file_id: "file-4",
    tools: [{ type: "file_search" }, { type: "code_interpreter" }],
  }],
  metadata,
};

const page = { limit: 5, order: "asc", after: "x_1", before: "x_9" };

const expiresAfter = { anchor: "last_active_at", days: 7 };

const filters = { metadata, created_after: 1_700_000_000, created_before: 1_800_000_000 };

const include = ["step_details.tool_calls[*].file_search.results[*].content"];

const sampling = { temperature: 0.2, top_p: 0.9 };

const run = {
  assistant_id: "asst_1",
  model: "gpt-test",
  instructions: "Answer in French.",
  tools,
  metadata,
  ...sampling,
  stream: true,
  max_prompt_tokens: 1000,
  max_completion_tokens: 500,
  truncation_strategy: { type: "last_messages", last_messages: 3 },
  tool_choice: { type: "function", function: { name: "get_weather" } },
  parallel_tool_calls: false,
  response_format: responseFormat,
};

const assistant = {
  model: "gpt-test",
  name: "Math tutor",
  description: "Helps with homework",
  instructions: "You are a personal math tutor.",
  reasoning_effort: "low",
  tools,
  metadata,
  ...sampling,
  response_format: responseFormat,
};

const image = {
  model: "gpt-image-test",
  size: "1024x1024",
  quality: "low",
  background: "opaque",
  output_format: "webp",
  output_compression: 40,
  n: 2,
  wait_s: 5,
};

export const EXAMPLES: Record<string, readonly [Args, ...Args[]]> = {
  create_assistant: [
    { ...assistant, tool_resources: newToolResources },
    {},
    {
      instructions:
        "You are a personal math tutor. When asked a question, write and run Python code.",
      name: "Math Tutor",
      tools: [{ type: "code_interpreter" }],
      model: "gpt-4o",
    },
    {
      instructions: "You are an HR bot with access to files about company policies.",
      tools: [{ type: "file_search" }],
      tool_resources: { file_search: { vector_store_ids: ["vs_123"] } },
      model: "gpt-4o",
    },
    { name: null, description: null, instructions: null, metadata: null, reasoning_effort: null },
    { temperature: null, top_p: null, tool_resources: null, response_format: null },
    { response_format: "auto" },
    { response_format: { type: "json_object" } },
    {
      tool_resources: { file_search: { vector_stores: [{ chunking_strategy: { type: "auto" } }] } },
    },
  ],
  list_assistants: [{ ...page, ...filters }, {}, { order: "desc", limit: 20 }],
  get_assistant: [{ assistant_id: "asst_abc123" }],
  modify_assistant: [
    { assistant_id: "asst_1", ...assistant, tool_resources: toolResources },
    {
      assistant_id: "asst_abc123",
      instructions: "You are an HR bot. Always respond with info from either of the files.",
      tools: [{ type: "file_search" }],
      model: "gpt-4o",
    },
    { assistant_id: "asst_1", metadata: null },
  ],
  delete_assistant: [{ assistant_id: "asst_abc123" }],
  create_thread: [
    { messages: [message], tool_resources: newToolResources, metadata },
    {},
    {
      messages: [
        { role: "user", content: "Hello, what is AI?" },
        { role: "user", content: "How does AI work? Explain it in simple terms." },
      ],
    },
    { tool_resources: null, metadata: null },
  ],
  list_threads: [{ ...page, ...filters }, {}],
  get_thread: [{ thread_id: "thread_abc123" }],
  modify_thread: [
    { thread_id: "thread_1", tool_resources: toolResources, metadata },
    { thread_id: "thread_abc123", metadata: { modified: "true", user: "abc123" } },
  ],
  delete_thread: [{ thread_id: "thread_abc123" }],
  create_message: [
    { thread_id: "thread_1", ...message },
    {
      thread_id: "thread_abc123",
      role: "user",
      content: "How does AI work? Explain it in simple terms.",
    },
    { thread_id: "thread_1", role: "assistant", content: "Hello", attachments: null },
  ],
  list_messages: [
    { thread_id: "thread_1", ...page, run_id: "run_1", ...filters, assistant_id: "asst_1" },
    { thread_id: "thread_1" },
  ],
  get_message: [{ thread_id: "thread_abc123", message_id: "msg_abc123" }],
  modify_message: [
    { thread_id: "thread_1", message_id: "msg_1", metadata: { modified: "true" } },
    { thread_id: "thread_1", message_id: "msg_1" },
  ],
  delete_message: [{ thread_id: "thread_abc123", message_id: "msg_abc123" }],
  create_run: [
    {
      thread_id: "thread_1",
      ...run,
      reasoning_effort: "high",
      additional_instructions: "Be brief.",
      additional_messages: [message],
      include,
    },
    { thread_id: "thread_abc123", assistant_id: "asst_abc123" },
    { thread_id: "thread_123", assistant_id: "asst_123", stream: true },
    {
      thread_id: "thread_abc123",
      assistant_id: "asst_abc123",
      tools: [functionTool],
      tool_choice: "auto",
      stream: false,
    },
    { thread_id: "thread_1", assistant_id: "asst_1", tool_choice: { type: "file_search" } },
    {
      thread_id: "thread_1",
      assistant_id: "asst_1",
      model: null,
      instructions: null,
      additional_instructions: null,
      additional_messages: null,
      tools: null,
      stream: null,
      max_prompt_tokens: null,
      max_completion_tokens: null,
      truncation_strategy: null,
      tool_choice: null,
    },
    {
      thread_id: "thread_1",
      assistant_id: "asst_1",
      truncation_strategy: { type: "auto", last_messages: null },
    },
  ],
  create_thread_and_run: [
    {
      ...run,
      thread: { messages: [message], tool_resources: newToolResources, metadata },
      tool_resources: toolResources,
    },
    {
      assistant_id: "asst_abc123",
      thread: { messages: [{ role: "user", content: "Explain deep learning to a 5 year old." }] },
    },
    { assistant_id: "asst_1", thread: { tool_resources: null, metadata: null } },
  ],
  list_runs: [
    { thread_id: "thread_1", ...page, ...filters, assistant_id: "asst_1", status: "failed" },
    { thread_id: "thread_abc123" },
  ],
  get_run: [{ thread_id: "thread_abc123", run_id: "run_abc123" }],
  modify_run: [
    { thread_id: "thread_1", run_id: "run_1", metadata },
    { thread_id: "thread_abc123", run_id: "run_abc123", metadata: { user_id: "user_abc123" } },
  ],
  cancel_run: [{ thread_id: "thread_abc123", run_id: "run_abc123" }],
  submit_tool_outputs: [
    {
      thread_id: "thread_1",
      run_id: "run_1",
      tool_outputs: [{ tool_call_id: "call_1", output: "Sunny" }],
      stream: true,
    },
    {
      thread_id: "thread_123",
      run_id: "run_123",
      tool_outputs: [{ tool_call_id: "call_001", output: "70 degrees and sunny." }],
    },
    { thread_id: "thread_1", run_id: "run_1", tool_outputs: [], stream: null },
  ],
  wait_for_run: [
    { thread_id: "thread_1", run_id: "run_1", wait_s: 5 },
    { thread_id: "thread_1", run_id: "run_1" },
    { thread_id: "thread_1", run_id: "run_1", wait_s: 0 },
  ],
  list_run_steps: [
    { thread_id: "thread_1", run_id: "run_1", ...page, include },
    { thread_id: "thread_abc123", run_id: "run_abc123" },
  ],
  get_run_step: [
    { thread_id: "thread_1", run_id: "run_1", step_id: "step_1", include },
    { thread_id: "thread_abc123", run_id: "run_abc123", step_id: "step_abc123" },
  ],
  ask_assistant: [
    {
      message: "Hello",
      assistant_id: "asst_1",
      thread_id: "thread_1",
      model: "gpt-test",
      instructions: "Be brief.",
      tools,
      wait_s: 5,
    },
    { message: "Hello" },
    { message: "Hello", thread_id: "thread_1", wait_s: 0.5 },
  ],
  ask_openai: [
    {
      query: "What is AI?",
      model: "gpt-test",
      instructions: "Be brief.",
      temperature: 0.7,
      max_tokens: 500,
      reasoning_effort: "low",
      wait_s: 5,
    },
    { query: "What is AI?" },
    { query: "What is AI?", temperature: 0, max_tokens: 1 },
    { query: "What is AI?", wait_s: 0 },
  ],
  create_image: [
    { prompt: "A lighthouse", ...image },
    { prompt: "A lighthouse" },
    { prompt: "A lighthouse", quality: "hd", n: 10, wait_s: 0 },
  ],
  edit_image: [
    { prompt: "In winter", images: ["file-1", "/a/b.png"], mask: "file-2", ...image },
    { prompt: "In winter", images: ["data:image/png;base64,iVBORw0KGgo="] },
  ],
  get_job: [{ job_id: "job_1", wait_s: 5 }, { job_id: "job_1" }],
  list_models: [{}],
  upload_file: [
    {
      text: "It rains.",
      data: "SXQgcmFpbnMu",
      path: "/a/b.txt",
      filename: "b.txt",
      purpose: "vision",
    },
    { text: "It rains.", filename: "rain.txt" },
    { data: "SXQgcmFpbnMu", filename: "rain.txt" },
    { path: "/home/ada/notes/rain.txt" },
  ],
  list_files: [{ purpose: "assistants", limit: 5, order: "asc", after: "file-1" }, {}],
  get_file: [{ file_id: "file-1" }],
  get_file_content: [{ file_id: "file-1", offset: 24_000 }, { file_id: "file-1" }],
  delete_file: [{ file_id: "file-1" }],
  create_vector_store: [
    { name: "Handbook", file_ids: ["file-1"], expires_after: expiresAfter, metadata },
    {},
    { metadata: null },
  ],
  list_vector_stores: [page, {}],
  get_vector_store: [{ vector_store_id: "vs_1", wait_s: 5 }, { vector_store_id: "vs_1" }],
  modify_vector_store: [
    { vector_store_id: "vs_1", name: "Handbook", expires_after: expiresAfter, metadata },
    { vector_store_id: "vs_1", name: null, expires_after: null, metadata: null },
  ],
  delete_vector_store: [{ vector_store_id: "vs_1" }],
  add_vector_store_files: [
    {
      vector_store_id: "vs_1",
      file_ids: ["file-1", "file-2"],
      attributes: { year: 2026, final: true },
      chunking_strategy: { type: "auto" },
      wait_s: 5,
    },
    { vector_store_id: "vs_1", file_ids: ["file-1"] },
  ],
  list_vector_store_files: [
    { vector_store_id: "vs_1", ...page, filter: "completed" },
    { vector_store_id: "vs_1" },
  ],
  remove_vector_store_file: [{ vector_store_id: "vs_1", file_id: "file-1" }],
  search_vector_store: [
    {
      vector_store_id: "vs_1",
      query: "Where does it rain?",
      max_num_results: 5,
      filters: { type: "eq", key: "year", value: 2026 },
      rewrite_query: true,
    },
    { vector_store_id: "vs_1", query: "Where does it rain?" },
  ],
  create_messages: [
    { thread_id: "thread_1", messages: [message, { role: "assistant", content: "Hello" }] },
    { thread_id: "thread_1", messages: [] },
  ],
  search_messages: [
    { query: "pie", thread_id: "thread_1", role: "user", limit: 5, after: "msg_1" },
    { query: '"apple pie" cream*' },
  ],
  export_thread: [
    { thread_id: "thread_1", format: "json", after: "msg_1" },
    { thread_id: "thread_1", format: "markdown" },
    { thread_id: "thread_1" },
  ],
  echo: [{ text: "Hello" }],
  calculate: [{ expression: "2 * (3 + 4)" }],
};
