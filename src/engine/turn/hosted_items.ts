/** The calls of hosted tools in a response, and what its messages refer to of their results. */

import type OpenAI from "openai";
import type { Hosted } from "../hosted/hosted_tools.ts";
import type { HostedCall, Writer } from "./writer/mod.ts";

type Item = OpenAI.Responses.ResponseOutputItem;
type Search = OpenAI.Responses.ResponseFileSearchToolCall;
type Code = OpenAI.Responses.ResponseCodeInterpreterToolCall;
type Annotation = OpenAI.Responses.ResponseOutputText["annotations"][number];
type Outputs = OpenAI.Beta.Threads.Runs.CodeInterpreterToolCall["code_interpreter"]["outputs"];

const UNFINISHED = ["in_progress", "searching", "interpreting", "incomplete"];

export class HostedItems {
  readonly #writer: Writer;
  readonly #hosted: Hosted;
  /** The ids of the calls so far, and how far they have come. */
  readonly #calls = new Map<string, "open" | "done">();
  /** The output index of the call that is open. */
  #current = -1;
  #searches = 0;
  /** Images that no message has shown yet. */
  #images: string[] = [];
  /** How many annotations of each part of the message have come. */
  readonly #come = new Map<number, number>();

  constructor(writer: Writer, hosted: Hosted) {
    this.#writer = writer;
    this.#hosted = hosted;
  }

  async added(index: number, item: Item): Promise<void> {
    if (!isHosted(item) || this.#calls.has(item.id)) return;
    this.#calls.set(item.id, "open");
    this.#current = index;
    await this.#writer.openHosted(this.#blank(item));
    if (item.type === "code_interpreter_call") this.code(index, item.code ?? "");
  }

  code(index: number, added: string): void {
    if (index === this.#current) this.#writer.writeCode(added);
  }

  isDone(item: Item): boolean {
    return isHosted(item) && this.#calls.get(item.id) === "done";
  }

  async done(index: number, item: Item): Promise<void> {
    if (!isHosted(item) || this.isDone(item)) return;
    await this.added(index, item);
    // One that was cut off ends with its run.
    if (UNFINISHED.includes(item.status)) return;
    // The call is over only when its files are here: containers do not last.
    const call = item.type === "file_search_call" ? this.#found(item) : await this.#ran(item);
    this.#calls.set(item.id, "done");
    this.#current = -1;
    await this.#writer.closeHosted(call);
  }

  /** A message has begun: it shows what code has drawn before it, as those of the Assistants API did. */
  messageBegun(): void {
    this.#come.clear();
    for (const id of this.#images.splice(0)) this.#writer.addImage(id);
  }

  /** Adds the next annotation of a part of the message. */
  async refer(place: number, annotation: unknown): Promise<void> {
    this.#come.set(place, (this.#come.get(place) ?? 0) + 1);
    // The SDK's type of the event leaves it open.
    await this.#refer(place, annotation as Annotation | null);
  }

  /** Adds those annotations of a part that have not come one by one. */
  async referAll(place: number, annotations: readonly Annotation[] = []): Promise<void> {
    for (const annotation of annotations.slice(this.#come.get(place) ?? 0)) {
      await this.refer(place, annotation);
    }
  }

  async #refer(place: number, annotation: Annotation | null): Promise<void> {
    if (annotation?.type === "file_citation") {
      const { type, file_id, filename } = annotation;
      const index = placeOr(annotation.index, Infinity);
      const search = Math.max(this.#searches - 1, 0);
      this.#writer.refer(place, { type, file_id, filename, search, index });
    }
    if (annotation?.type === "container_file_citation") {
      const { container_id, file_id: there } = annotation;
      const filename = String(annotation.filename);
      const start = placeOr(annotation.start_index, 0);
      const end = placeOr(annotation.end_index, 0);
      const file_id = await this.#hosted.keepFile(container_id, there, filename);
      this.#writer.refer(place, { type: "file_path", file_id, filename, start, end });
    }
  }

  #blank(item: Search | Code): HostedCall {
    if (item.type === "code_interpreter_call") return codeCall(item.id, "", []);
    const { ranking } = this.#hosted;
    return {
      id: item.id,
      type: "file_search",
      file_search: { ranking_options: ranking, results: [] },
    };
  }

  #found({ id, results }: Search): HostedCall {
    this.#searches++;
    const found = (results ?? []).map(({ file_id = "", filename = "", score = 0, text }) => ({
      file_id,
      file_name: filename,
      score: Math.min(Math.max(score, 0), 1),
      content: [{ type: "text" as const, text }],
    }));
    const { ranking } = this.#hosted;
    return {
      id,
      type: "file_search",
      file_search: { ranking_options: ranking, results: found },
    };
  }

  async #ran({ id, code, container_id, outputs }: Code): Promise<HostedCall> {
    await this.#hosted.usedContainer(container_id);
    const kept: Outputs = [];
    for (const output of outputs ?? []) {
      if (output.type === "logs") {
        kept.push(output);
        continue;
      }
      const file_id = await this.#hosted.keepImage(output.url);
      kept.push({ type: "image", image: { file_id } });
      this.#images.push(file_id);
    }
    return codeCall(id, code ?? "", kept);
  }
}

function codeCall(id: string, input: string, outputs: Outputs): HostedCall {
  return { id, type: "code_interpreter", code_interpreter: { input, outputs } };
}

/** A place in a text: not every server says where, and a draft waits for ever for half a character. */
function placeOr(place: unknown, otherwise: number): number {
  return typeof place === "number" && Number.isInteger(place) && place >= 0 ? place : otherwise;
}

function isHosted(item: Item): item is Search | Code {
  return item.type === "file_search_call" || item.type === "code_interpreter_call";
}
