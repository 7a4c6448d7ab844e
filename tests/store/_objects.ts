/** Objects of the Assistants API to put into a store. */

import type { Assistant, Job, Message, Run, RunStep, Thread } from "../../src/store/mod.ts";

export function anAssistant(id: string, given: Partial<Assistant> = {}): Assistant {
  return {
    id,
    object: "assistant",
    created_at: 1_700_000_000,
    name: null,
    description: null,
    model: "a-model",
    instructions: null,
    tools: [],
    tool_resources: null,
    metadata: {},
    temperature: 1,
    top_p: 1,
    response_format: "auto",
    reasoning_effort: null,
    ...given,
  };
}

export function aThread(id: string, given: Partial<Thread> = {}): Thread {
  return {
    id,
    object: "thread",
    created_at: 1_700_000_000,
    metadata: {},
    tool_resources: null,
    ...given,
  };
}

export function aMessage(id: string, threadId: string, given: Partial<Message> = {}): Message {
  return {
    id,
    object: "thread.message",
    created_at: 1_700_000_000,
    thread_id: threadId,
    run_id: null,
    assistant_id: null,
    role: "user",
    status: "completed",
    content: [{ type: "text", text: { value: 'Grüße, "世界"\n\u0000 🌍', annotations: [] } }],
    attachments: null,
    metadata: {},
    completed_at: null,
    incomplete_at: null,
    incomplete_details: null,
    ...given,
  };
}

export function aRun(id: string, threadId: string, given: Partial<Run> = {}): Run {
  return {
    id,
    object: "thread.run",
    created_at: 1_700_000_000,
    thread_id: threadId,
    assistant_id: "asst_1",
    status: "queued",
    required_action: null,
    last_error: null,
    expires_at: 1_700_000_600,
    started_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    incomplete_details: null,
    model: "a-model",
    instructions: "",
    tools: [],
    metadata: {},
    usage: null,
    max_prompt_tokens: null,
    max_completion_tokens: null,
    truncation_strategy: { type: "auto", last_messages: null },
    tool_choice: "auto",
    parallel_tool_calls: true,
    response_format: "auto",
    temperature: 1,
    top_p: 1,
    reasoning_effort: null,
    tool_resources: null,
    ...given,
  };
}

export function aStep(id: string, run: Run, given: Partial<RunStep> = {}): RunStep {
  return {
    id,
    object: "thread.run.step",
    created_at: 1_700_000_000,
    thread_id: run.thread_id,
    run_id: run.id,
    assistant_id: run.assistant_id,
    type: "message_creation",
    status: "in_progress",
    step_details: { type: "message_creation", message_creation: { message_id: "msg_1" } },
    last_error: null,
    expired_at: null,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    metadata: {},
    usage: null,
    ...given,
  };
}

export function aJob(id: string, given: Partial<Job> = {}): Job {
  return {
    id,
    tool: "a_tool",
    status: "in_progress",
    result: null,
    error: null,
    expires_at: 1_700_000_000,
    ...given,
  };
}
