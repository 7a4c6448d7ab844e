/** The chat tool: one turn of a conversation in one call. */

import * as z from "zod";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import { checkedWait } from "../deadline.ts";
import { defineTool, type ToolContext } from "../define_tool.ts";
import { follow, type FollowedRun, type Run } from "../runs/follow.ts";
import { nextStep } from "../runs/next_step.ts";
import { turnSchema } from "../schemas/results.ts";
import { tools, waitS } from "../schemas/arguments.ts";

/** Requests with the same idempotency key return the same assistant. */
const DEFAULT_ASSISTANT_KEY = "assistants-mcp-default-assistant";

const DEFAULT_ASSISTANT = {
  name: "Default assistant",
  description: "Answers ask_assistant calls that name no assistant.",
  instructions: "You are a helpful assistant.",
  metadata: { created_by: "assistants-mcp", purpose: "default_assistant" },
};

/** The result: the run's answer, and the ids to continue with. */
interface Turn extends
  Pick<
    Run,
    | "status"
    | "thread_id"
    | "assistant_id"
    | "required_action"
    | "last_error"
    | "incomplete_details"
    | "usage"
  > {
  run_id: string;
  /** What the assistant wrote in this run; null if nothing. */
  response: string | null;
  /** Advice on what to call next. */
  next: string;
}

export const askAssistant = defineTool({
  name: "ask_assistant",
  title: "Ask assistant",
  description:
    "Send a message to an assistant and return its answer: adds the message, runs and waits in " +
    "one call. Pass the returned thread_id to continue the conversation.",
  toolset: "chat",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    message: z.string(),
    assistant_id: z.string().optional().describe("Default: the server's own"),
    thread_id: z.string().optional().describe("Default: a new thread"),
    model: z.string().optional(),
    instructions: z.string().optional().describe("Replaces the assistant's"),
    tools: tools.optional().describe("Replaces the assistant's"),
    wait_s: waitS.describe("0: do not wait"),
  }),
  output: turnSchema,
  async run({ message, assistant_id, thread_id, model, wait_s, ...overrides }, context) {
    const waitS = checkedWait(wait_s, context);
    if (message.trim() === "") throw emptyMessage();
    const { threads } = context.openai.beta;
    const messages = [{ role: "user" as const, content: message }];
    const params = {
      ...overrides,
      assistant_id: assistant_id ?? await defaultAssistantId(context),
      model: model ?? (assistant_id === undefined ? context.defaultModel : undefined),
      stream: true as const,
    };
    const requestRun = (signal: AbortSignal) =>
      thread_id === undefined
        ? threads.createAndRun({ ...params, thread: { messages } }, { signal })
        : threads.runs.create(thread_id, { ...params, additional_messages: messages }, { signal });
    return toTurn(
      await follow(context, waitS, (signal) => requestRun(signal).catch(rethrowAsMessageError)),
    );
  },
});

function emptyMessage(): ApiError {
  return new ApiError("Invalid 'message': it is empty. Write what to ask.", {
    status: 400,
    code: "empty_string",
    param: "message",
  });
}

/** Rethrows an error about the content of the message with the name that the argument has here. */
function rethrowAsMessageError(error: unknown): never {
  const apiError = toApiError(error);
  const { param } = apiError;
  if (param === null || !/^(thread\.messages|additional_messages)\[0\]\.content$/.test(param)) {
    throw error;
  }
  const message = apiError.message.replace(param, "message");
  throw new ApiError(message, { ...apiError, param: "message" });
}

async function defaultAssistantId(
  { openai, signal, defaultModel }: ToolContext,
): Promise<string> {
  const assistant = await openai.beta.assistants.create(
    { ...DEFAULT_ASSISTANT, model: defaultModel },
    { headers: { "Idempotency-Key": DEFAULT_ASSISTANT_KEY }, signal },
  );
  return assistant.id;
}

function toTurn({ run, text }: FollowedRun): Turn {
  return {
    status: run.status,
    response: text === "" ? null : text,
    thread_id: run.thread_id,
    run_id: run.id,
    assistant_id: run.assistant_id,
    required_action: run.required_action ?? null,
    last_error: run.last_error ?? null,
    incomplete_details: run.incomplete_details ?? null,
    usage: run.usage ?? null,
    next: nextStep(run),
  };
}
