/** Models: list them, and ask one directly, without an assistant or a thread. */

import type OpenAI from "openai";
import * as z from "zod";
import { ApiError } from "../../shared/errors.ts";
import { hintFrom } from "../../upstream/errors.ts";
import { checkedWait } from "../deadline.ts";
import { defineTool, type ToolContext } from "../define_tool.ts";
import { answerSchema, modelsSchema } from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import { reasoningEffort, waitS } from "../schemas/arguments.ts";

type Response = OpenAI.Responses.Response;
type ResponseParams = OpenAI.Responses.ResponseCreateParamsStreaming;
type ModelAnswer = z.infer<typeof answerSchema>;

/** The minimum of the Responses API. */
const MIN_OUTPUT_TOKENS = 16;

/** The HTTP errors that correspond to codes of failed responses; other codes are errors of the request: 400. */
const FAILURES: Record<string, { status: number; type: string }> = {
  rate_limit_exceeded: { status: 429, type: "rate_limit_error" },
  server_error: { status: 500, type: "server_error" },
  vector_store_timeout: { status: 504, type: "server_error" },
};

export const askOpenai = defineTool({
  name: "ask_openai",
  title: "Ask OpenAI",
  description: "Ask a model one question, without memory; for a conversation use ask_assistant. " +
    "Work that takes longer than wait_s continues as a job: get its result with get_job.",
  toolset: "models",
  kebabName: "ask-openai",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    query: z.string(),
    model: z.string().optional().describe("Default: the server's"),
    instructions: z.string().optional(),
    temperature: z.number().min(0).max(2).optional(),
    max_tokens: z.int().min(1).optional(),
    reasoning_effort: reasoningEffort,
    wait_s: waitS,
  }),
  output: answerSchema,
  async run({ query, model, max_tokens, reasoning_effort, wait_s, ...params }, context) {
    const { jobs, signal, defaultModel } = context;
    const outcome = await jobs.run(
      { tool: "ask_openai", waitMs: checkedWait(wait_s, context) * 1000, signal },
      (signal) =>
        respond(
          {
            ...params,
            model: model ?? defaultModel,
            input: query,
            max_output_tokens: max_tokens && Math.max(max_tokens, MIN_OUTPUT_TOKENS),
            reasoning: reasoning_effort ? { effort: reasoning_effort } : undefined,
            store: false,
            stream: true,
          },
          context,
          signal,
        ),
    );
    return "result" in outcome ? outcome.result : inProgress(outcome.job.id);
  },
});

export const listModels = defineTool({
  name: "list_models",
  title: "List models",
  description: "List the available models.",
  toolset: "models",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  input: z.object({}),
  output: modelsSchema,
  run: (_, { openai, signal }) => listBody(openai.models.list({ signal })),
});

/**
 * Asks the model and reports its text as progress.
 *
 * @throws {ApiError} if the response fails or ends early
 */
async function respond(
  params: ResponseParams,
  { openai, progress }: ToolContext,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  try {
    const { data: events, request_id } = await openai.responses.create(params, { signal })
      .withResponse();
    let text = "";
    for await (const event of events) {
      if (event.type === "response.output_text.delta" || event.type === "response.refusal.delta") {
        text += event.delta;
        progress({ text: event.delta });
      } else if (event.type === "response.completed" || event.type === "response.incomplete") {
        return toAnswer(event.response, text);
      } else if (event.type === "response.failed") {
        throw failure(event.response, request_id);
      }
    }
  } catch (error) {
    // The reason of an abort says more than the error that the SDK makes of it.
    signal.throwIfAborted();
    throw error;
  }
  signal.throwIfAborted();
  throw new ApiError(
    "The answer is incomplete: the upstream ended its stream before the response was complete.",
    { status: 502, type: "server_error" },
  );
}

function toAnswer(response: Response, streamed: string): ModelAnswer {
  return {
    status: response.status === "incomplete" ? "incomplete" : "completed",
    text: outputText(response) || streamed,
    model: response.model,
    usage: response.usage ? { ...response.usage } : null,
    job_id: null,
  };
}

function inProgress(job_id: string): ModelAnswer {
  return { status: "in_progress", text: null, model: null, usage: null, job_id };
}

function outputText({ output }: Response): string {
  return output.flatMap((item) => item.type === "message" ? item.content : [])
    .map((part) => part.type === "output_text" ? part.text : part.refusal).join("");
}

function failure({ error }: Response, requestId: string | null): ApiError {
  const { code, message } = error ?? { code: "server_error", message: "The response failed." };
  const { status, type } = FAILURES[code] ?? { status: 400, type: "invalid_request_error" };
  const hint = hintFrom({ status, code, message });
  return new ApiError(message, { status, type, code, hint, requestId: requestId ?? undefined });
}
