/** Runs: an assistant answers the messages of a thread. */

import * as z from "zod";
import { checkedWait } from "../deadline.ts";
import { defineTool } from "../define_tool.ts";
import { follow, joinRun, listRunMessages, requestedRun } from "../runs/follow.ts";
import { nextStep } from "../runs/next_step.ts";
import { listSchema, runSchema, waitSchema } from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import {
  filterFields,
  id,
  include,
  messages,
  metadata,
  optionalText,
  pageFields,
  reasoningEffort,
  runFields,
  stream,
  thread,
  toolOutputs,
  toolResources,
  waitS,
} from "../schemas/arguments.ts";

export const createRun = defineTool({
  name: "create_run",
  title: "Create run",
  description: "Start a run: the assistant answers the thread's messages. " +
    "Returns the run at once; follow it with wait_for_run. ask_assistant is simpler.",
  toolset: "runs",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    thread_id: id,
    ...runFields,
    reasoning_effort: reasoningEffort,
    additional_instructions: optionalText.describe("Appended to the instructions"),
    additional_messages: messages.nullish().describe("Added to the thread first"),
    include,
  }),
  output: runSchema,
  run: ({ thread_id, ...params }, context) =>
    requestedRun(
      context,
      params.stream,
      (signal) => context.openai.beta.threads.runs.create(thread_id, params, { signal }),
    ),
});

export const createThreadAndRun = defineTool({
  name: "create_thread_and_run",
  title: "Create thread and run",
  description: "Create a thread and start a run on it, in one call. Returns the run.",
  toolset: "runs",
  kebabName: "thread-create-and-run",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    ...runFields,
    thread: thread.optional(),
    tool_resources: toolResources,
  }),
  output: runSchema,
  run: (params, context) =>
    requestedRun(
      context,
      params.stream,
      (signal) => context.openai.beta.threads.createAndRun(params, { signal }),
    ),
});

export const listRuns = defineTool({
  name: "list_runs",
  title: "List runs",
  description: "List a thread's runs, newest first.",
  toolset: "runs",
  hints: { readOnly: true, idempotent: true },
  input: z.object({
    thread_id: id,
    ...pageFields,
    ...filterFields,
    assistant_id: z.string().optional(),
    status: z.string().optional(),
  }),
  output: listSchema,
  run: ({ thread_id, ...query }, { openai, signal }) =>
    listBody(openai.beta.threads.runs.list(thread_id, query, { signal })),
});

export const getRun = defineTool({
  name: "get_run",
  title: "Get run",
  description: "Retrieve the current state of a run. To wait for its end, use wait_for_run.",
  toolset: "runs",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ thread_id: id, run_id: id }),
  output: runSchema,
  run: ({ thread_id, run_id }, { openai, signal }) =>
    openai.beta.threads.runs.retrieve(run_id, { thread_id }, { signal }),
});

export const modifyRun = defineTool({
  name: "modify_run",
  title: "Modify run",
  description: "Replace a run's metadata.",
  toolset: "runs",
  hints: { idempotent: true },
  input: z.object({ thread_id: id, run_id: id, metadata }),
  output: runSchema,
  run: ({ run_id, ...params }, { openai, signal }) =>
    openai.beta.threads.runs.update(run_id, params, { signal }),
});

export const cancelRun = defineTool({
  name: "cancel_run",
  title: "Cancel run",
  description: "Cancel an unfinished run, which frees its thread. Returns the run.",
  toolset: "runs",
  input: z.object({ thread_id: id, run_id: id }),
  output: runSchema,
  run: ({ thread_id, run_id }, { openai, signal }) =>
    openai.beta.threads.runs.cancel(run_id, { thread_id }, { signal }),
});

export const submitToolOutputs = defineTool({
  name: "submit_tool_outputs",
  title: "Submit tool outputs",
  description: "Submit the outputs of all function calls of a run that requires action; " +
    "the run continues. Returns the run; follow it with wait_for_run.",
  toolset: "runs",
  hints: { openWorld: true },
  kebabName: "run-submit-tool-outputs",
  longRunning: true,
  input: z.object({ thread_id: id, run_id: id, tool_outputs: toolOutputs, stream }),
  output: runSchema,
  run: ({ run_id, ...params }, context) =>
    requestedRun(
      context,
      params.stream,
      (signal) => context.openai.beta.threads.runs.submitToolOutputs(run_id, params, { signal }),
    ),
});

export const waitForRun = defineTool({
  name: "wait_for_run",
  title: "Wait for run",
  description: "Wait until a run ends or requires action, at most wait_s seconds. " +
    "Returns the run, its messages, and what to call next.",
  toolset: "runs",
  kebabName: "run-wait",
  hints: { readOnly: true, idempotent: true },
  longRunning: true,
  input: z.object({ thread_id: id, run_id: id, wait_s: waitS }),
  output: waitSchema,
  async run({ wait_s, ...ids }, context) {
    const { openai, signal } = context;
    const { run } = await follow(
      context,
      checkedWait(wait_s, context),
      (signal) => joinRun(openai, ids, signal),
    );
    return { run, messages: await listRunMessages(openai, run, signal), next: nextStep(run) };
  },
});
