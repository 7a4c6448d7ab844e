/** The events of a response, as the upstream streams them, to what they mean for the run. */

import type OpenAI from "openai";
import { failureOfResponse } from "./failure.ts";
import type { LiveRun } from "./live_run.ts";
import type { IncompleteReason, Usage } from "./outcome.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;
type Item = OpenAI.Responses.ResponseOutputItem;
type OutputMessage = OpenAI.Responses.ResponseOutputMessage;

/** What an error of the upstream is told with. */
export interface Upstream {
  client: OpenAI;
  requestId: string | null;
}

/**
 * Plays a streamed response into the run, up to and with its end. Events after that are read and
 * dropped: a connection that is read to its end can be used again.
 */
export async function play(
  stream: AsyncIterable<Event>,
  live: LiveRun,
  upstream: Upstream,
  onLast: () => void,
): Promise<void> {
  const items = new Items(live);
  for await (const event of stream) {
    if (live.over) continue;
    switch (event.type) {
      case "response.output_item.added":
        await items.added(event.output_index, event.item);
        break;
      case "response.output_text.delta":
        if (!items.has(event.output_index)) await items.open(event.output_index);
        items.write(event, "text");
        break;
      case "response.refusal.delta":
        if (!items.has(event.output_index)) await items.open(event.output_index);
        items.write(event, "refusal");
        break;
      case "response.output_item.done":
        await items.done(event.output_index, event.item);
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        await items.all(event.response.output);
        await end(event, live, upstream);
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

async function end({ type, response }: LastEvent, live: LiveRun, upstream: Upstream) {
  const usage = usageOf(response);
  if (type === "response.completed") return await live.end({ status: "completed" }, usage);
  if (type === "response.incomplete") {
    return await live.end({ status: "incomplete", reason: reasonOf(response) }, usage);
  }
  await live.end({ status: "failed", error: failed(response.error, upstream) }, usage);
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

/**
 * The output items of one response. Each message becomes a message of the thread; items that the
 * Assistants API has no counterpart for, such as reasoning, leave no trace.
 *
 * Some servers send fewer events than OpenAI: what an item says when it is done makes up for them.
 */
class Items {
  readonly #live: LiveRun;
  /** The output indexes of the messages so far. */
  readonly #messages = new Set<number>();
  /** That of the message which is being written. */
  #current = -1;

  constructor(live: LiveRun) {
    this.#live = live;
  }

  has(index: number): boolean {
    return this.#messages.has(index);
  }

  async open(index: number): Promise<void> {
    this.#messages.add(index);
    this.#current = index;
    await this.#live.openMessage();
  }

  async added(index: number, item: Item): Promise<void> {
    // That a message was whole is certain only now: an incomplete response may end with it.
    await this.#live.completeMessage();
    if (item.type === "message") await this.open(index);
  }

  write(
    event: { output_index: number; content_index: number; delta: string },
    type: "text" | "refusal",
  ): void {
    if (event.output_index !== this.#current) return;
    this.#live.write(event.content_index, type, event.delta);
  }

  async done(index: number, item: Item): Promise<void> {
    if (item.type !== "message") return;
    if (!this.has(index)) await this.open(index);
    if (index === this.#current) this.#complete(item);
  }

  /** The whole output, at the end of a response that was not streamed item by item. */
  async all(output: readonly Item[] = []): Promise<void> {
    if (this.#messages.size > 0) return;
    for (const [index, item] of output.entries()) await this.done(index, item);
  }

  #complete({ content }: OutputMessage): void {
    for (const [place, part] of content.entries()) {
      const isText = part.type === "output_text";
      const whole = isText ? part.text : part.refusal;
      const come = this.#live.draft?.textAt(place) ?? "";
      if (!whole.startsWith(come)) continue;
      this.#live.write(place, isText ? "text" : "refusal", whole.slice(come.length));
    }
  }
}
