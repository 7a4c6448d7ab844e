/** A whole turn of a conversation in one call. */

import * as z from "zod";
import { ApiError } from "../../shared/errors.ts";
import { toApiError } from "../../upstream/errors.ts";
import { checkedWait } from "../runs/deadline.ts";
import { defineTool, type ToolContext } from "../define_tool.ts";
import { follow, type Followed, type Run } from "../runs/follow.ts";
import { nextStep } from "../runs/next_step.ts";
import { turnSchema } from "../schemas/results.ts";
import { tools, waitS } from "../schemas/arguments.ts";

/** The upstream answers the same assistant whenever it is asked with the same key. */
const DEFAULT_ASSISTANT_KEY = "assistants-mcp-default-assistant";

const DEFAULT_ASSISTANT = {
  name: "Default assistant",
  description: "Answers ask_assistant calls that name no assistant.",
  instructions: "You are a helpful assistant.",
  metadata: { created_by: "assistants-mcp", purpose: "default_assistant" },
};

/** A run as a handle and an answer: what a chat shows of it. */
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
  /** What the assistant has said in this run; null when nothing. */
  response: string | null;
  /** What to call to go on, in words. */
  next: string;
}

export const askAssistant = defineTool({
  name: "ask_assistant",
  title: "Ask assistant",
  description:
    "Send a message to an assistant and get its answer: message, run and wait in one call. " +
    "Pass the thread_id it returns to go on with the conversation.",
  toolset: "chat",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    message: z.string(),
    assistant_id: z.string().optional().describe("Default: one that the server keeps"),
    thread_id: z.string().optional().describe("Default: a new thread"),
    model: z.string().optional(),
    instructions: z.string().optional().describe("Replaces the assistant's"),
    tools: tools.optional().describe("Replaces the assistant's"),
    wait_s: waitS.describe("0: do not wait"),
  }),
  output: turnSchema,
  async run({ message, assistant_id, thread_id, model, wait_s, ...overrides }, context) {
    const seconds = checkedWait(wait_s, context);
    if (message.trim() === "") throw emptyMessage();
    const { threads } = context.openai.beta;
    const messages = [{ role: "user" as const, content: message }];
    const params = {
      ...overrides,
      assistant_id: assistant_id ?? await defaultAssistantId(context),
      model: model ?? (assistant_id === undefined ? context.defaultModel : undefined),
      stream: true as const,
    };
    const begin = (signal: AbortSignal) =>
      thread_id === undefined
        ? threads.createAndRun({ ...params, thread: { messages } }, { signal })
        : threads.runs.create(thread_id, { ...params, additional_messages: messages }, { signal });
    return turnOf(
      await follow(context, seconds, (signal) => begin(signal).catch(inOwnWords)),
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

/** Refuses by the name that the argument has here, not by its place in what is made of it. */
function inOwnWords(error: unknown): never {
  const refusal = toApiError(error);
  const { param } = refusal;
  if (param === null || !/^(thread\.messages|additional_messages)\[0\]\.content$/.test(param)) {
    throw error;
  }
  throw new ApiError(refusal.message.replace(param, "message"), { ...refusal, param: "message" });
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

function turnOf({ run, text }: Followed): Turn {
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
