/** Reduces the events of a streamed response to changes of its run. */

import type OpenAI from "openai";
import { failureOfResponse } from "../objects/failures.ts";
import type { Hosted } from "../hosted/hosted_tools.ts";
import { OutputItemReducer } from "./output_item_reducer.ts";
import type { TurnRun } from "./turn_run.ts";
import type { IncompleteReason, Usage } from "../objects/transitions.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;

/** What the reducer needs to report upstream errors and to handle hosted tools. */
export interface ResponseContext {
  client: OpenAI;
  requestId: string | null;
  hosted: Hosted;
}

/**
 * Applies a streamed response to its run, including its end. Later events are read and dropped,
 * because a connection that is read to its end can be reused.
 *
 * @param onLast called once the last event has been applied
 */
export async function reduceResponse(
  stream: AsyncIterable<Event>,
  session: TurnRun,
  context: ResponseContext,
  onLast: () => void,
): Promise<void> {
  const items = new OutputItemReducer(session.writer, context.hosted);
  for await (const event of stream) {
    if (session.isClosed) continue;
    switch (event.type) {
      case "response.output_item.added":
        await items.added(event.output_index, event.item);
        break;
      case "response.output_text.delta":
        await items.text(event, "text");
        break;
      case "response.refusal.delta":
        await items.text(event, "refusal");
        break;
      case "response.output_text.annotation.added":
        await items.annotation(event);
        break;
      case "response.function_call_arguments.delta":
        items.arguments(event);
        break;
      case "response.code_interpreter_call_code.delta":
        items.code(event);
        break;
      case "response.output_item.done":
        await items.done(event.output_index, event.item);
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        await items.finish(event.response.output);
        await end(event, items, session, context);
        onLast();
        break;
      case "error":
        await session.end({ status: "failed", error: failure(event, context) });
        onLast();
        break;
    }
  }
  if (session.isClosed) return;
  const message = "The upstream ended its stream before the response was complete.";
  await session.end({ status: "failed", error: failure({ code: null, message }, context) });
}

type LastEvent = Extract<Event, { response: OpenAI.Responses.Response }>;

async function end(
  { type, response }: LastEvent,
  items: OutputItemReducer,
  session: TurnRun,
  context: ResponseContext,
) {
  const usage = usageOf(response);
  switch (type) {
    case "response.completed":
      if (items.hasCalls) return await session.requireAction(items.raw(response.output), usage);
      return await session.end({ status: "completed" }, usage);
    case "response.incomplete":
      return await session.end({ status: "incomplete", reason: reasonOf(response) }, usage);
    default:
      return await session.end(
        { status: "failed", error: failure(response.error, context) },
        usage,
      );
  }
}

function reasonOf({ incomplete_details }: OpenAI.Responses.Response): IncompleteReason {
  return incomplete_details?.reason === "content_filter"
    ? "content_filter"
    : "max_completion_tokens";
}

function usageOf({ usage }: OpenAI.Responses.Response): Usage | null {
  if (!usage) return null;
  return {
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    total_tokens: usage.total_tokens,
  };
}

function failure(
  error: { code: string | null; message: string } | null,
  { client, requestId }: ResponseContext,
) {
  return failureOfResponse(error, client, requestId);
}
