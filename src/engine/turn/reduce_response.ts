/** The events of a response, as the upstream streams them, to what they mean for the run. */

import type OpenAI from "openai";
import { failureOfResponse } from "../objects/failures.ts";
import type { Hosted } from "../hosted/hosted_tools.ts";
import { OutputItemReducer } from "./output_item_reducer.ts";
import type { TurnRun } from "./turn_run.ts";
import type { IncompleteReason, Usage } from "../objects/transitions.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;

/** What an error of the upstream is told with, and what happens to the things that it has made. */
export interface Upstream {
  client: OpenAI;
  requestId: string | null;
  hosted: Hosted;
}

/**
 * Plays a streamed response into the run, up to and with its end. Events after that are read and
 * dropped: a connection that is read to its end can be used again.
 */
export async function reduceResponse(
  stream: AsyncIterable<Event>,
  live: TurnRun,
  upstream: Upstream,
  onLast: () => void,
): Promise<void> {
  const items = new OutputItemReducer(live.writer, upstream.hosted);
  for await (const event of stream) {
    if (live.over) continue;
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
        await items.all(event.response.output);
        await end(event, items, live, upstream);
        onLast();
        break;
      case "error":
        await live.end({ status: "failed", error: failed(event, upstream) });
        onLast();
        break;
    }
  }
  if (live.over) return;
  const message = "The upstream ended its stream before the response was complete.";
  await live.end({ status: "failed", error: failed({ code: null, message }, upstream) });
}

type LastEvent = Extract<Event, { response: OpenAI.Responses.Response }>;

async function end(
  { type, response }: LastEvent,
  items: OutputItemReducer,
  live: TurnRun,
  upstream: Upstream,
) {
  const usage = usageOf(response);
  switch (type) {
    case "response.completed":
      if (items.hasCalls) return await live.requireAction(items.raw(response.output), usage);
      return await live.end({ status: "completed" }, usage);
    case "response.incomplete":
      return await live.end({ status: "incomplete", reason: reasonOf(response) }, usage);
    default:
      return await live.end({ status: "failed", error: failed(response.error, upstream) }, usage);
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

function failed(
  error: { code: string | null; message: string } | null,
  { client, requestId }: Upstream,
) {
  return failureOfResponse(error, client, requestId);
}
