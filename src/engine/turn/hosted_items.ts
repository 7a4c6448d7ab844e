/** The hosted tool calls of a response, and the citations and files that refer to their results. */

import type OpenAI from "openai";
import type { Hosted } from "../hosted/hosted_tools.ts";
import type { HostedCall, Writer } from "./writer/mod.ts";

type Item = OpenAI.Responses.ResponseOutputItem;
type Search = OpenAI.Responses.ResponseFileSearchToolCall;
type Code = OpenAI.Responses.ResponseCodeInterpreterToolCall;
type Annotation = OpenAI.Responses.ResponseOutputText["annotations"][number];
type Outputs = OpenAI.Beta.Threads.Runs.CodeInterpreterToolCall["code_interpreter"]["outputs"];

const UNFINISHED = ["in_progress", "searching", "interpreting", "incomplete"];

/** Applies hosted tool calls and annotations to the writer of a run. */
export class HostedItems {
  readonly #writer: Writer;
  readonly #hosted: Hosted;
  /** The ids of the calls so far, and whether each is done. */
  readonly #calls = new Map<string, "open" | "done">();
  /** The output index of the open call, or -1. */
  #openIndex = -1;
  #searches = 0;
  /** The ids of images that no message shows yet. */
  #images: string[] = [];
  /** The number of annotations received for each part of the message. */
  readonly #annotationCounts = new Map<number, number>();

  constructor(writer: Writer, hosted: Hosted) {
    this.#writer = writer;
    this.#hosted = hosted;
  }

  /** Starts a hosted call; other items are ignored. */
  async added(index: number, item: Item): Promise<void> {
    if (!isHosted(item) || this.#calls.has(item.id)) return;
    this.#calls.set(item.id, "open");
    this.#openIndex = index;
    await this.#writer.openHosted(this.#emptyCall(item));
    if (item.type === "code_interpreter_call") this.code(index, item.code ?? "");
  }

  /** Appends to the code of the open call. */
  code(index: number, added: string): void {
    if (index === this.#openIndex) this.#writer.writeCode(added);
  }

  /** Whether the item is a hosted call that is done. */
  isDone(item: Item): boolean {
    return isHosted(item) && this.#calls.get(item.id) === "done";
  }

  /** Finishes a hosted call; other items are ignored. */
  async done(index: number, item: Item): Promise<void> {
    if (!isHosted(item) || this.isDone(item)) return;
    await this.added(index, item);
    // A call that was cut off ends with its run.
    if (UNFINISHED.includes(item.status)) return;
    // The call is done only when its files are stored here, because containers expire.
    const call = item.type === "file_search_call"
      ? this.#searchResult(item)
      : await this.#codeResult(item);
    this.#calls.set(item.id, "done");
    this.#openIndex = -1;
    await this.#writer.closeHosted(call);
  }

  /** Starts a message with the images that code produced before it, as the Assistants API did. */
  startMessage(): void {
    this.#annotationCounts.clear();
    for (const id of this.#images.splice(0)) this.#writer.addImage(id);
  }

  /** Adds the next annotation of a part of the message. */
  async annotate(contentIndex: number, annotation: unknown): Promise<void> {
    this.#annotationCounts.set(contentIndex, (this.#annotationCounts.get(contentIndex) ?? 0) + 1);
    // The SDK types the event's annotation as unknown.
    await this.#addReference(contentIndex, annotation as Annotation | null);
  }

  /** Adds the annotations of a part that no event announced. */
  async annotateRest(contentIndex: number, annotations: readonly Annotation[] = []): Promise<void> {
    for (const annotation of annotations.slice(this.#annotationCounts.get(contentIndex) ?? 0)) {
      await this.annotate(contentIndex, annotation);
    }
  }

  async #addReference(contentIndex: number, annotation: Annotation | null): Promise<void> {
    if (annotation?.type === "file_citation") {
      const { type, file_id, filename } = annotation;
      const index = offsetOr(annotation.index, Infinity);
      const search = Math.max(this.#searches - 1, 0);
      this.#writer.annotate(contentIndex, { type, file_id, filename, search, index });
    }
    if (annotation?.type === "container_file_citation") {
      const { container_id, file_id: there } = annotation;
      const filename = String(annotation.filename);
      const start = offsetOr(annotation.start_index, 0);
      const end = offsetOr(annotation.end_index, 0);
      const file_id = await this.#hosted.keepFile(container_id, there, filename);
      this.#writer.annotate(contentIndex, { type: "file_path", file_id, filename, start, end });
    }
  }

  #emptyCall(item: Search | Code): HostedCall {
    if (item.type === "code_interpreter_call") return codeCall(item.id, "", []);
    const { ranking } = this.#hosted;
    return {
      id: item.id,
      type: "file_search",
      file_search: { ranking_options: ranking, results: [] },
    };
  }

  #searchResult({ id, results }: Search): HostedCall {
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

  async #codeResult({ id, code, container_id, outputs }: Code): Promise<HostedCall> {
    await this.#hosted.usedContainer(container_id);
    const saved: Outputs = [];
    for (const output of outputs ?? []) {
      if (output.type === "logs") {
        saved.push(output);
        continue;
      }
      const file_id = await this.#hosted.keepImage(output.url);
      saved.push({ type: "image", image: { file_id } });
      this.#images.push(file_id);
    }
    return codeCall(id, code ?? "", saved);
  }
}

function codeCall(id: string, input: string, outputs: Outputs): HostedCall {
  return { id, type: "code_interpreter", code_interpreter: { input, outputs } };
}

/** Returns a valid text offset, or a default: some servers omit offsets or send fractions. */
function offsetOr(offset: unknown, byDefault: number): number {
  return typeof offset === "number" && Number.isInteger(offset) && offset >= 0 ? offset : byDefault;
}

function isHosted(item: Item): item is Search | Code {
  return item.type === "file_search_call" || item.type === "code_interpreter_call";
}
