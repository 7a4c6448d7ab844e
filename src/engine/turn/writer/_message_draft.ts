/**
 * A message while the response streams.
 *
 * Offsets count characters (code points), not UTF-16 units. The upstream's offsets refer to its own
 * text, which does not contain the citation markers that are inserted here.
 */

import type OpenAI from "openai";
import type { Message } from "../../../store/mod.ts";

type Content = Message["content"][number];
type ContentDelta = OpenAI.Beta.Threads.MessageContentDelta;
type Annotation = OpenAI.Beta.Threads.Annotation;

/** A citation or file path that the upstream attaches to a text, at offsets in the upstream's text. */
export type Reference =
  | { type: "file_citation"; file_id: string; filename: string; search: number; index: number }
  | { type: "file_path"; file_id: string; filename: string; start: number; end: number };

/** The kinds of content parts that a model writes. */
export type PartType = "text" | "refusal";

/** Accumulates the content of a message, and returns the deltas of each addition. */
export class MessageDraft {
  /** The message as it was created, without content. */
  readonly #initial: Message;
  readonly #content: Content[] = [];
  /** The parts by their content index at the upstream; the stored content has no gaps. */
  readonly #parts = new Map<number, Part>();
  /** The cited files, in the order of their first citation. */
  readonly #cited: string[] = [];

  constructor(message: Message) {
    this.#initial = message;
  }

  get id(): string {
    return this.#initial.id;
  }

  /** The message with everything received so far. Its content is the live array, not a copy. */
  get message(): Message {
    return { ...this.#initial, content: this.#content };
  }

  /** The upstream's text of a part so far. */
  textAt(contentIndex: number): string {
    return this.#parts.get(contentIndex)?.text ?? "";
  }

  /** Appends to a part, by its content index at the upstream. */
  add(contentIndex: number, type: PartType, added: string): ContentDelta[] {
    const deltas: ContentDelta[] = [];
    let part = this.#parts.get(contentIndex);
    if (part?.type !== type) {
      part = { type, index: this.#content.length, text: "", length: 0, markers: [], pending: [] };
      this.#content.push(emptyPart(type));
      this.#parts.set(contentIndex, part);
    }
    // A citation may arrive before the text that it belongs to.
    for (let rest = added; rest.length > 0;) {
      const next = part.pending[0];
      const room = next === undefined ? Infinity : requiredLength(next) - part.length;
      const piece = takeCharacters(rest, room);
      rest = rest.slice(piece.length);
      if (piece !== "") deltas.push(this.#append(part, piece));
      if (next !== undefined && requiredLength(next) <= part.length) {
        part.pending.shift();
        deltas.push(this.#annotate(part, next));
      }
    }
    return deltas;
  }

  /**
   * Adds a citation or a path to a text part. A citation of an earlier offset is placed at the end
   * of the text, because emitted text cannot change.
   */
  annotate(contentIndex: number, reference: Reference): ContentDelta[] {
    const deltas: ContentDelta[] = [];
    if (!this.#parts.has(contentIndex)) deltas.push(...this.#addEmptyText(contentIndex));
    const part = this.#parts.get(contentIndex);
    if (part?.type !== "text") return deltas;
    if (requiredLength(reference) <= part.length) {
      return [...deltas, this.#annotate(part, reference)];
    }
    part.pending.push(reference);
    part.pending.sort((left, right) => requiredLength(left) - requiredLength(right));
    return deltas;
  }

  /** Adds the references that still wait for text, which will not arrive. */
  flushReferences(): ContentDelta[] {
    return [...this.#parts.values()].flatMap((part) =>
      part.pending.splice(0).map((reference) => this.#annotate(part, reference))
    );
  }

  /** Adds an image as a separate part. */
  addImage(file_id: string): ContentDelta {
    const image_file = { file_id, detail: "auto" as const };
    const index = this.#content.push({ type: "image_file", image_file }) - 1;
    return { index, type: "image_file", image_file };
  }

  #addEmptyText(contentIndex: number): ContentDelta[] {
    this.add(contentIndex, "text", "");
    const index = this.#content.length - 1;
    return [{ index, type: "text", text: { value: "", annotations: [] } }];
  }

  #append(part: Part, added: string): ContentDelta {
    const { index, type } = part;
    const content = this.#content[index];
    const isFirst = part.text === "";
    part.text += added;
    part.length += characterCount(added);
    if (content?.type === "text") {
      content.text.value += added;
      // The first delta of a text part carries an empty list of annotations.
      const text = isFirst ? { value: added, annotations: [] } : { value: added };
      return { index, type: "text", text };
    }
    if (content?.type === "refusal") content.refusal += added;
    return type === "refusal"
      ? { index, type, refusal: added }
      : { index, type, text: { value: added } };
  }

  #annotate(part: Part, reference: Reference): ContentDelta {
    const { index } = part;
    const content = this.#content[index];
    if (content?.type !== "text") return { index, type: "text", text: {} };
    const { text } = content;
    const { annotation, added } = reference.type === "file_citation"
      ? this.#citation(part, reference)
      : pathAnnotation(part, text.value, reference);
    text.value += added;
    const delta = { index: text.annotations.push(annotation) - 1, ...annotation };
    return {
      index,
      type: "text",
      text: { ...added !== "" && { value: added }, annotations: [delta] },
    };
  }

  #citation(part: Part, { file_id, filename, search }: Reference & { type: "file_citation" }) {
    if (!this.#cited.includes(file_id)) this.#cited.push(file_id);
    const marker = `【${search}:${this.#cited.indexOf(file_id)}†${filename}】`;
    const start_index = localOffset(part, part.length);
    const length = characterCount(marker);
    part.markers.push({ offset: part.length, length });
    const annotation: Annotation = {
      type: "file_citation",
      text: marker,
      start_index,
      end_index: start_index + length,
      file_citation: { file_id },
    };
    return { annotation, added: marker };
  }
}

/** A part of the message, and how the stored text differs from the upstream's. */
interface Part {
  type: PartType;
  /** Its index in the stored content. */
  index: number;
  /** The upstream's text so far. */
  text: string;
  /** Characters in `text`. */
  length: number;
  /** The markers in the stored text, at their offsets in the upstream's. */
  markers: { offset: number; length: number }[];
  /** References to text that has not arrived, ordered by offset. */
  pending: Reference[];
}

function pathAnnotation(
  part: Part,
  value: string,
  { file_id, filename, start, end }: Reference & { type: "file_path" },
): { annotation: Annotation; added: string } {
  const path = `sandbox:/mnt/data/${filename}`;
  const pathIndex = part.text.lastIndexOf(path);
  // Some servers name the file without saying where in the text its path is.
  if (end <= start && pathIndex >= 0) {
    start = characterCount(part.text.slice(0, pathIndex));
    end = start + characterCount(path);
  }
  const start_index = localOffset(part, Math.min(start, part.length));
  const end_index = Math.max(
    start_index,
    localOffset(part, Math.min(end, part.length), end > start),
  );
  const text = [...value].slice(start_index, end_index).join("");
  const annotation: Annotation = {
    type: "file_path",
    text,
    start_index,
    end_index,
    file_path: { file_id },
  };
  return { annotation, added: "" };
}

/**
 * Converts an offset in the upstream's text to one in the stored text.
 *
 * @param beforeMarker whether a marker at exactly this offset follows the result
 */
function localOffset({ markers }: Part, upstreamOffset: number, beforeMarker = false): number {
  return markers.reduce(
    (local, { offset, length }) =>
      offset < upstreamOffset || offset === upstreamOffset && !beforeMarker
        ? local + length
        : local,
    upstreamOffset,
  );
}

/** Returns how many characters must have arrived before a reference can be added. */
function requiredLength(reference: Reference): number {
  return reference.type === "file_citation" ? reference.index : reference.end;
}

/** Returns the first `count` characters of a text. */
function takeCharacters(text: string, count: number): string {
  if (count >= text.length) return text;
  let end = 0;
  for (const character of text) {
    if (count-- <= 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function characterCount(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function emptyPart(type: PartType): Content {
  return type === "text" ? { type, text: { value: "", annotations: [] } } : { type, refusal: "" };
}
