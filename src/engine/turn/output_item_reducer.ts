/**
 * Reduces the output items of one response to messages and run steps.
 *
 * Each output message becomes a message of the thread, each hosted tool call a step, and the
 * function calls together become one step. Items without a counterpart in the Assistants API, such
 * as reasoning, are skipped. Some servers send fewer events than OpenAI, so the final form of each
 * item fills in the missing deltas.
 */

import type OpenAI from "openai";
import type { RunItem } from "../../store/mod.ts";
import type { Hosted } from "../hosted/hosted_tools.ts";
import { HostedItems } from "./hosted_items.ts";
import type { PartType, Writer } from "./writer/mod.ts";

type Item = OpenAI.Responses.ResponseOutputItem;
type OutputMessage = OpenAI.Responses.ResponseOutputMessage;
type FunctionCall = OpenAI.Responses.ResponseFunctionToolCall;

/** Applies the item events of a response to the writer of its run. */
export class OutputItemReducer {
  readonly #writer: Writer;
  readonly #hosted: HostedItems;
  /** The output indexes of the messages that were opened. */
  readonly #messages = new Set<number>();
  /** The output index of the message that is open, or -1. */
  #currentMessage = -1;
  /** The function calls by output index, in the order of their step. */
  readonly #calls = new Map<number, FunctionCall>();
  /** The finished items by output index. */
  readonly #done = new Map<number, Item>();

  constructor(writer: Writer, hosted: Hosted) {
    this.#writer = writer;
    this.#hosted = new HostedItems(writer, hosted);
  }

  /** Whether the response contains function calls. */
  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  /** Starts an item. */
  async added(index: number, item: Item): Promise<void> {
    // Only now is the previous message known to be complete: an incomplete response may end with it.
    await this.#writer.completeMessage();
    if (item.type === "function_call") await this.#openCall(index, item);
    else if (item.type === "message") await this.#openMessage(index);
    else await this.#hosted.added(index, item);
  }

  /** Appends to a text or refusal. */
  async text(
    { output_index, content_index, delta }: {
      output_index: number;
      content_index: number;
      delta: string;
    },
    type: PartType,
  ): Promise<void> {
    if (!this.#messages.has(output_index)) await this.#openMessage(output_index);
    if (output_index === this.#currentMessage) this.#writer.write(content_index, type, delta);
  }

  /** Adds an annotation to a text. */
  async annotation(
    { output_index, content_index, annotation }:
      OpenAI.Responses.ResponseOutputTextAnnotationAddedEvent,
  ): Promise<void> {
    if (!this.#messages.has(output_index)) await this.#openMessage(output_index);
    if (output_index === this.#currentMessage) {
      await this.#hosted.annotate(content_index, annotation);
    }
  }

  /** Appends to the arguments of a function call. */
  arguments({ output_index, delta }: { output_index: number; delta: string }): void {
    const callIndex = this.#callIndex(output_index);
    if (callIndex >= 0) this.#writer.writeCall(callIndex, delta);
  }

  /** Appends to the code of a code_interpreter call. */
  code({ output_index, delta }: { output_index: number; delta: string }): void {
    this.#hosted.code(output_index, delta);
  }

  /** Finishes an item with its final form. */
  async done(index: number, item: Item): Promise<void> {
    this.#done.set(index, item);
    if (item.type === "function_call") {
      if (!this.#calls.has(index)) await this.#openCall(index, item);
      this.#calls.set(index, item);
      this.#writer.finishCall(this.#callIndex(index), item.arguments);
    } else if (item.type === "message") {
      if (!this.#messages.has(index)) await this.#openMessage(index);
      if (index === this.#currentMessage) await this.#complete(item);
    } else await this.#hosted.done(index, item);
  }

  /** Adds the items of the complete output that no item event announced. */
  async finish(output: readonly Item[] = []): Promise<void> {
    let messages = this.#messages.size;
    const calls = new Set([...this.#calls.values()].map(({ call_id }) => call_id));
    for (const [index, item] of output.entries()) {
      // Matched by kind: servers that omit events number their items differently here.
      if (item.type === "message" && messages-- > 0) continue;
      if (item.type === "function_call" && calls.has(item.call_id)) continue;
      if (this.#hosted.isDone(item)) continue;
      await this.done(index, item);
    }
    // The last message may have received no `done` event.
    this.#writer.flushReferences();
  }

  /**
   * Returns the raw items, which are sent back to the upstream with the outputs of the calls.
   *
   * @param output the output of the completed response, empty if the server omits it
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
    this.#currentMessage = index;
    await this.#writer.openMessage();
    this.#hosted.startMessage();
  }

  async #openCall(index: number, call: FunctionCall): Promise<void> {
    if (!this.hasCalls) await this.#writer.openCalls();
    this.#calls.set(index, call);
    this.#writer.addCall(call.call_id, call.name);
  }

  /** Returns the index of a call in its step; -1 if the item is not a call. */
  #callIndex(index: number): number {
    return [...this.#calls.keys()].indexOf(index);
  }

  async #complete({ content }: OutputMessage): Promise<void> {
    for (const [contentIndex, part] of content.entries()) {
      const isText = part.type === "output_text";
      const complete = isText ? part.text : part.refusal;
      // Annotations first, so that citations can be inserted into the text that is still missing.
      if (isText) await this.#hosted.annotateRest(contentIndex, part.annotations);
      const received = this.#writer.textAt(contentIndex);
      const rest = complete.startsWith(received) ? complete.slice(received.length) : "";
      this.#writer.write(contentIndex, isText ? "text" : "refusal", rest);
    }
    this.#writer.flushReferences();
  }
}
