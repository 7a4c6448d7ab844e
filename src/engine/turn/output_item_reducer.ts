/**
 * The output items of one response. Each message becomes a message of the thread, each call of a
 * hosted tool a step, and all function calls together one step; items that the Assistants API has no
 * counterpart for, such as reasoning, leave no trace in it.
 *
 * Some servers send fewer events than OpenAI: what an item says when it is done makes up for them.
 */

import type OpenAI from "openai";
import type { RunItem } from "../../store/mod.ts";
import type { Hosted } from "../hosted/hosted_tools.ts";
import { HostedItems } from "./hosted_items.ts";
import type { PartType, Writer } from "./writer/mod.ts";

type Item = OpenAI.Responses.ResponseOutputItem;
type OutputMessage = OpenAI.Responses.ResponseOutputMessage;
type FunctionCall = OpenAI.Responses.ResponseFunctionToolCall;

export class OutputItemReducer {
  readonly #writer: Writer;
  readonly #hosted: HostedItems;
  /** The output indexes of the messages so far. */
  readonly #messages = new Set<number>();
  /** That of the message which is being written. */
  #current = -1;
  /** The calls in their order in the step, by their output indexes. */
  readonly #calls = new Map<number, FunctionCall>();
  /** The items that are done, by their output indexes. */
  readonly #done = new Map<number, Item>();

  constructor(writer: Writer, hosted: Hosted) {
    this.#writer = writer;
    this.#hosted = new HostedItems(writer, hosted);
  }

  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  async added(index: number, item: Item): Promise<void> {
    // That a message was whole is certain only now: an incomplete response may end with it.
    await this.#writer.completeMessage();
    if (item.type === "function_call") await this.#openCall(index, item);
    else if (item.type === "message") await this.#openMessage(index);
    else await this.#hosted.added(index, item);
  }

  async text(
    { output_index, content_index, delta }: {
      output_index: number;
      content_index: number;
      delta: string;
    },
    type: PartType,
  ): Promise<void> {
    if (!this.#messages.has(output_index)) await this.#openMessage(output_index);
    if (output_index === this.#current) this.#writer.write(content_index, type, delta);
  }

  async annotation(
    { output_index, content_index, annotation }:
      OpenAI.Responses.ResponseOutputTextAnnotationAddedEvent,
  ): Promise<void> {
    if (!this.#messages.has(output_index)) await this.#openMessage(output_index);
    if (output_index === this.#current) await this.#hosted.refer(content_index, annotation);
  }

  arguments({ output_index, delta }: { output_index: number; delta: string }): void {
    const place = this.#placeOf(output_index);
    if (place >= 0) this.#writer.writeCall(place, delta);
  }

  code({ output_index, delta }: { output_index: number; delta: string }): void {
    this.#hosted.code(output_index, delta);
  }

  async done(index: number, item: Item): Promise<void> {
    this.#done.set(index, item);
    if (item.type === "function_call") {
      if (!this.#calls.has(index)) await this.#openCall(index, item);
      this.#calls.set(index, item);
      this.#writer.finishCall(this.#placeOf(index), item.arguments);
    } else if (item.type === "message") {
      if (!this.#messages.has(index)) await this.#openMessage(index);
      if (index === this.#current) await this.#complete(item);
    } else await this.#hosted.done(index, item);
  }

  /** The whole output, at the end of a response: what of it has not come item by item. */
  async all(output: readonly Item[] = []): Promise<void> {
    let messages = this.#messages.size;
    const calls = new Set([...this.#calls.values()].map(({ call_id }) => call_id));
    for (const [index, item] of output.entries()) {
      // By their kinds, as such servers do not count alike here and there.
      if (item.type === "message" && messages-- > 0) continue;
      if (item.type === "function_call" && calls.has(item.call_id)) continue;
      if (this.#hosted.isDone(item)) continue;
      await this.done(index, item);
    }
    // Of a message that nothing has said to be done.
    this.#writer.settle();
  }

  /**
   * The items as they go back to the upstream with the outputs of the calls.
   *
   * @param output of the response, where it says so
   */
  raw(output: readonly Item[] = []): RunItem[] {
    const items = output.length > 0 ? output : this.#inOrder();
    const known = new Set(items.map((item) => "call_id" in item ? item.call_id : undefined));
    const missing = [...this.#calls.values()].filter(({ call_id }) => !known.has(call_id));
    return [...items, ...missing].map((item) => ({ ...item }));
  }

  #inOrder(): Item[] {
    return [...this.#done].toSorted(([left], [right]) => left - right).map(([, item]) => item);
  }

  async #openMessage(index: number): Promise<void> {
    this.#messages.add(index);
    this.#current = index;
    await this.#writer.openMessage();
    this.#hosted.messageBegun();
  }

  async #openCall(index: number, call: FunctionCall): Promise<void> {
    if (!this.hasCalls) await this.#writer.openCalls();
    this.#calls.set(index, call);
    this.#writer.addCall(call.call_id, call.name);
  }

  /** Where a call is in the step; -1 for an item that is none. */
  #placeOf(index: number): number {
    return [...this.#calls.keys()].indexOf(index);
  }

  async #complete({ content }: OutputMessage): Promise<void> {
    for (const [place, part] of content.entries()) {
      const isText = part.type === "output_text";
      const whole = isText ? part.text : part.refusal;
      // Before the text, so that citations find their places in what has not come.
      if (isText) await this.#hosted.referAll(place, part.annotations);
      const come = this.#writer.draft?.saidAt(place) ?? "";
      const rest = whole.startsWith(come) ? whole.slice(come.length) : "";
      this.#writer.write(place, isText ? "text" : "refusal", rest);
    }
    this.#writer.settle();
  }
}
