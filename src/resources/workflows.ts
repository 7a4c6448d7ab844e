/** Examples of workflows: which tools to call, in which order, with which arguments. */

import type { Resource } from "./define_resource.ts";

export const basicWorkflow = workflow(
  "basic-workflow",
  "A conversation",
  "Create an assistant, ask it, continue the conversation.",
  [
    {
      text: "Create an assistant, once.",
      tool: "create_assistant",
      args: { name: "Tutor", instructions: "Explain in three sentences, then ask one question." },
    },
    {
      text: "Ask it. The result has the answer and a thread_id.",
      tool: "ask_assistant",
      args: { assistant_id: "asst_…", message: "Why is the sky blue?" },
    },
    {
      text: "Continue in the same thread.",
      tool: "ask_assistant",
      args: {
        assistant_id: "asst_…",
        thread_id: "thread_…",
        message: "And why is it red at dusk?",
      },
    },
    {
      text: "Read the conversation, newest message first.",
      tool: "list_messages",
      args: { thread_id: "thread_…", order: "desc", limit: 10 },
    },
  ],
);

export const advancedWorkflow = workflow(
  "advanced-workflow",
  "A run with a function",
  "Let the model call a function, submit its output, follow the run.",
  [
    {
      text: "Create an assistant with the function.",
      tool: "create_assistant",
      args: {
        name: "Weather",
        instructions: "Answer questions about the weather with get_weather.",
        tools: [{
          type: "function",
          function: {
            name: "get_weather",
            description: "Get the current weather in a city.",
            parameters: {
              type: "object",
              properties: { city: { type: "string" } },
              required: ["city"],
            },
          },
        }],
      },
    },
    {
      text: "Create a thread and start a run in one call.",
      tool: "create_thread_and_run",
      args: {
        assistant_id: "asst_…",
        thread: { messages: [{ role: "user", content: "Do I need a coat in Oslo?" }] },
      },
    },
    {
      text: "Follow the run. It stops in requires_action with the function calls.",
      tool: "wait_for_run",
      args: { thread_id: "thread_…", run_id: "run_…" },
    },
    {
      text: "Execute the calls and submit all outputs at once.",
      tool: "submit_tool_outputs",
      args: {
        thread_id: "thread_…",
        run_id: "run_…",
        tool_outputs: [{ tool_call_id: "call_…", output: '{"celsius": 3, "sky": "rain"}' }],
      },
    },
    {
      text: "Follow the run to its answer.",
      tool: "wait_for_run",
      args: { thread_id: "thread_…", run_id: "run_…" },
    },
    {
      text: "Read what the run did, step by step.",
      tool: "list_run_steps",
      args: { thread_id: "thread_…", run_id: "run_…", order: "asc" },
    },
  ],
);

export const batchWorkflow = workflow(
  "batch-processing",
  "Many questions at once",
  "One assistant, one thread per item, all runs in parallel.",
  [
    {
      text: "Create one assistant for all items.",
      tool: "create_assistant",
      args: {
        name: "Classifier",
        instructions: "Answer with one word: bug, question or praise.",
      },
    },
    {
      text: "Start a run for each item without waiting for the previous one. " +
        "The server queues runs beyond its limit.",
      tool: "create_thread_and_run",
      args: {
        assistant_id: "asst_…",
        thread: { messages: [{ role: "user", content: "The app closes when I log in." }] },
        metadata: { item: "1" },
      },
    },
    {
      text: "Then collect the answers: this returns at once for a run that has ended.",
      tool: "wait_for_run",
      args: { thread_id: "thread_…", run_id: "run_…" },
    },
    {
      text: "If a run failed, start another in the same thread.",
      tool: "create_run",
      args: { thread_id: "thread_…", assistant_id: "asst_…" },
    },
  ],
);

/** One call of a workflow. */
interface WorkflowStep {
  text: string;
  tool: string;
  args: object;
}

function workflow(
  id: string,
  title: string,
  description: string,
  steps: readonly WorkflowStep[],
): Resource {
  const sections = steps.map(({ text, tool, args }, index) =>
    `${index + 1}. ${text}\n\n\`${tool}\`\n\n\`\`\`json\n${
      JSON.stringify(args, undefined, 2)
    }\n\`\`\``
  );
  return {
    uri: `examples://workflows/${id}`,
    name: id,
    title,
    description,
    mimeType: "text/markdown",
    text: [`# ${title}`, description, ...sections, ""].join("\n\n"),
  };
}
