/** Run steps: the messages that a run wrote and the tools that it called. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import { listSchema, runStepSchema } from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import { id, include, pageFields } from "../schemas/arguments.ts";

export const listRunSteps = defineTool({
  name: "list_run_steps",
  title: "List run steps",
  description: "List the steps of a run: the messages it wrote and the tools it called.",
  toolset: "run_steps",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ thread_id: id, run_id: id, ...pageFields, include }),
  output: listSchema,
  run: ({ run_id, ...params }, { openai, signal }) =>
    listBody(openai.beta.threads.runs.steps.list(run_id, params, { signal })),
});

export const getRunStep = defineTool({
  name: "get_run_step",
  title: "Get run step",
  description: "Retrieve one run step by its ID.",
  toolset: "run_steps",
  hints: { readOnly: true, idempotent: true },
  input: z.object({ thread_id: id, run_id: id, step_id: id, include }),
  output: runStepSchema,
  run: ({ step_id, ...params }, { openai, signal }) =>
    openai.beta.threads.runs.steps.retrieve(step_id, params, { signal }),
});
