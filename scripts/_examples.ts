/**
 * Example calls of every tool, in an order in which the objects of each call exist. The reference page
 * shows the first example of each tool. The tests execute all of them with the actual IDs.
 */

/** An example call of a tool. */
export interface Example {
  tool: string;
  args: Record<string, unknown>;
  /** Paths of IDs in the result, with the placeholders for them in later calls. */
  makes?: Record<string, string>;
}

export const EXAMPLES: readonly Example[] = [
  { tool: "list_models", args: {} },
  { tool: "ask_openai", args: { query: "What is a thread?", max_tokens: 200 } },
  {
    tool: "ask_openai",
    args: { query: "What is a run?", wait_s: 0 },
    makes: { job_id: "job_abc123" },
  },
  { tool: "get_job", args: { job_id: "job_abc123", wait_s: 10 } },
  {
    tool: "create_image",
    args: { prompt: "A lighthouse at dusk", size: "1536x1024" },
    makes: { "images.0.id": "file-abc123" },
  },
  {
    tool: "edit_image",
    args: { prompt: "The same in winter", images: ["file-abc123"], n: 2 },
  },
  {
    tool: "create_assistant",
    args: {
      name: "Weather guide",
      instructions: "You answer briefly.",
      tools: [{
        type: "function",
        function: {
          name: "get_weather",
          description: "The weather in a place",
          parameters: { type: "object", properties: { place: { type: "string" } } },
        },
      }],
    },
    makes: { id: "asst_abc123" },
  },
  { tool: "list_assistants", args: { limit: 5 } },
  { tool: "list_assistants", args: { metadata: { team: "north" } } },
  { tool: "get_assistant", args: { assistant_id: "asst_abc123" } },
  {
    tool: "modify_assistant",
    args: { assistant_id: "asst_abc123", name: "Travel guide", metadata: { team: "north" } },
  },
  {
    tool: "ask_assistant",
    args: { message: "Hello", assistant_id: "asst_abc123", wait_s: 30 },
  },
  {
    tool: "create_thread",
    args: { messages: [{ role: "user", content: "I am in Paris." }] },
    makes: { id: "thread_abc123" },
  },
  { tool: "list_threads", args: { limit: 5, order: "asc" } },
  { tool: "get_thread", args: { thread_id: "thread_abc123" } },
  { tool: "modify_thread", args: { thread_id: "thread_abc123", metadata: { topic: "travel" } } },
  {
    tool: "create_message",
    args: { thread_id: "thread_abc123", role: "user", content: "Please call get_weather." },
    makes: { id: "msg_abc123" },
  },
  { tool: "list_messages", args: { thread_id: "thread_abc123", order: "asc" } },
  { tool: "get_message", args: { thread_id: "thread_abc123", message_id: "msg_abc123" } },
  {
    tool: "modify_message",
    args: { thread_id: "thread_abc123", message_id: "msg_abc123", metadata: { read: "yes" } },
  },
  {
    tool: "create_run",
    args: { thread_id: "thread_abc123", assistant_id: "asst_abc123" },
    makes: { id: "run_abc123" },
  },
  {
    tool: "wait_for_run",
    args: { thread_id: "thread_abc123", run_id: "run_abc123", wait_s: 30 },
    makes: { "run.required_action.submit_tool_outputs.tool_calls.0.id": "call_abc123" },
  },
  {
    tool: "submit_tool_outputs",
    args: {
      thread_id: "thread_abc123",
      run_id: "run_abc123",
      tool_outputs: [{ tool_call_id: "call_abc123", output: "Sunny, 21 degrees" }],
      stream: true,
    },
  },
  { tool: "get_run", args: { thread_id: "thread_abc123", run_id: "run_abc123" } },
  { tool: "list_runs", args: { thread_id: "thread_abc123", status: "completed" } },
  {
    tool: "modify_run",
    args: { thread_id: "thread_abc123", run_id: "run_abc123", metadata: { checked: "yes" } },
  },
  {
    tool: "list_run_steps",
    args: { thread_id: "thread_abc123", run_id: "run_abc123" },
    makes: { "data.0.id": "step_abc123" },
  },
  {
    tool: "get_run_step",
    args: { thread_id: "thread_abc123", run_id: "run_abc123", step_id: "step_abc123" },
  },
  {
    tool: "create_thread_and_run",
    args: {
      assistant_id: "asst_abc123",
      thread: { messages: [{ role: "user", content: "Please call get_weather." }] },
    },
    makes: { id: "run_def456", thread_id: "thread_def456" },
  },
  { tool: "cancel_run", args: { thread_id: "thread_def456", run_id: "run_def456" } },
  {
    tool: "create_messages",
    args: {
      thread_id: "thread_abc123",
      messages: [
        { role: "user", content: "And in Lyon?" },
        { role: "assistant", content: "Cloudy, 17 degrees." },
      ],
    },
    makes: { first_id: "msg_def456" },
  },
  { tool: "search_messages", args: { query: "lyon", limit: 5 } },
  { tool: "export_thread", args: { thread_id: "thread_abc123", after: "msg_def456" } },
  { tool: "delete_message", args: { thread_id: "thread_abc123", message_id: "msg_abc123" } },
  { tool: "delete_thread", args: { thread_id: "thread_abc123" } },
  { tool: "delete_assistant", args: { assistant_id: "asst_abc123" } },
  {
    tool: "upload_file",
    args: { text: "Pilots report on channel 12.", filename: "harbour.txt" },
    makes: { id: "file-abc123" },
  },
  { tool: "list_files", args: { purpose: "assistants", limit: 5 } },
  { tool: "get_file", args: { file_id: "file-abc123" } },
  {
    tool: "create_vector_store",
    args: { name: "Harbour", expires_after: { anchor: "last_active_at", days: 30 } },
    makes: { id: "vs_abc123" },
  },
  {
    tool: "add_vector_store_files",
    args: {
      vector_store_id: "vs_abc123",
      file_ids: ["file-abc123"],
      attributes: { year: 2026 },
    },
  },
  { tool: "list_vector_stores", args: { limit: 5 } },
  { tool: "get_vector_store", args: { vector_store_id: "vs_abc123", wait_s: 30 } },
  { tool: "modify_vector_store", args: { vector_store_id: "vs_abc123", name: "Harbour rules" } },
  {
    tool: "list_vector_store_files",
    args: { vector_store_id: "vs_abc123", filter: "completed" },
  },
  {
    tool: "search_vector_store",
    args: { vector_store_id: "vs_abc123", query: "pilot channel", max_num_results: 3 },
  },
  {
    tool: "remove_vector_store_file",
    args: { vector_store_id: "vs_abc123", file_id: "file-abc123" },
  },
  { tool: "delete_vector_store", args: { vector_store_id: "vs_abc123" } },
  { tool: "delete_file", args: { file_id: "file-abc123" } },
  {
    tool: "upload_file",
    args: { text: "Pilots report on channel 12.", filename: "harbour.txt", purpose: "evals" },
    makes: { id: "file-def456" },
  },
  { tool: "get_file_content", args: { file_id: "file-def456" } },
  { tool: "echo", args: { text: "Hello" } },
  { tool: "calculate", args: { expression: "2 * (3 + 4) ^ 2" } },
];
