/** Examples of workflows: which tools to call, in which order, with which arguments. */

import type { Resource } from "./define_resource.ts";

export const basicWorkflow = workflow(
  "basic-workflow",
  "A conversation",
  "Make an assistant, ask it, go on.",
  [
    {
      text: "Make an assistant, once.",
      tool: "create_assistant",
      args: { name: "Tutor", instructions: "Explain in three sentences, then ask one question." },
    },
    {
      text: "Ask it. The result has the answer and a thread_id.",
      tool: "ask_assistant",
      args: { assistant_id: "asst_…", message: "Why is the sky blue?" },
    },
    {
      text: "Go on in the same thread.",
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
  "Let the model call a function, answer it, follow the run.",
  [
    {
      text: "Make an assistant that has the function.",
      tool: "create_assistant",
      args: {
        name: "Weather",
        instructions: "Answer questions about the weather with get_weather.",
        tools: [{
          type: "function",
          function: {
            name: "get_weather",
            description: "The weather in a city, now.",
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
      text: "Start thread and run together.",
      tool: "create_thread_and_run",
      args: {
        assistant_id: "asst_…",
        thread: { messages: [{ role: "user", content: "Do I need a coat in Oslo?" }] },
      },
    },
    {
      text: "Follow it. It stops in requires_action with the calls to answer.",
      tool: "wait_for_run",
      args: { thread_id: "thread_…", run_id: "run_…" },
    },
    {
      text: "Execute them, and answer all of them at once.",
      tool: "submit_tool_outputs",
      args: {
        thread_id: "thread_…",
        run_id: "run_…",
        tool_outputs: [{ tool_call_id: "call_…", output: '{"celsius": 3, "sky": "rain"}' }],
      },
    },
    {
      text: "Follow it to the answer.",
      tool: "wait_for_run",
      args: { thread_id: "thread_…", run_id: "run_…" },
    },
    {
      text: "See what it did, step by step.",
      tool: "list_run_steps",
      args: { thread_id: "thread_…", run_id: "run_…", order: "asc" },
    },
  ],
);

export const batchWorkflow = workflow(
  "batch-processing",
  "Many questions at once",
  "One assistant, a thread for each item, all runs side by side.",
  [
    {
      text: "Make one assistant for all items.",
      tool: "create_assistant",
      args: {
        name: "Classifier",
        instructions: "Answer with one word: bug, question or praise.",
      },
    },
    {
      text: "Start a run for each item; do not wait for one before you start the next. " +
        "What is too many at once waits in line.",
      tool: "create_thread_and_run",
      args: {
        assistant_id: "asst_…",
        thread: { messages: [{ role: "user", content: "The app closes when I log in." }] },
        metadata: { item: "1" },
      },
    },
    {
      text: "Then collect: this answers at once for a run that has ended.",
      tool: "wait_for_run",
      args: { thread_id: "thread_…", run_id: "run_…" },
    },
    {
      text: "Run what failed once more, in the same thread.",
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
