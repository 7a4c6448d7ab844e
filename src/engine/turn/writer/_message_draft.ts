/**
 * A message while it is being written: its content grows with what the upstream sends.
 *
 * Places in a text are counted in characters, not in UTF-16 units: ours, and the upstream's, which
 * knows nothing of the markers of citations in it.
 */

import type OpenAI from "openai";
import type { Message } from "../../../store/mod.ts";

type Content = Message["content"][number];
type ContentDelta = OpenAI.Beta.Threads.MessageContentDelta;
type Annotation = OpenAI.Beta.Threads.Annotation;

/** What the upstream says of a text beside the text, at places in its own text. */
export type Reference =
  | { type: "file_citation"; file_id: string; filename: string; search: number; index: number }
  | { type: "file_path"; file_id: string; filename: string; start: number; end: number };

/** What a part of a message that a model writes can be. */
export type PartType = "text" | "refusal";

export class Draft {
  /** The message as it began. */
  readonly #begun: Message;
  readonly #content: Content[] = [];
  /** What stands at a place of the upstream's message; ours leaves no gaps between its parts. */
  readonly #parts = new Map<number, Part>();
  /** The files that are cited, in the order of their first citation. */
  readonly #cited: string[] = [];

  constructor(message: Message) {
    this.#begun = message;
  }

  get id(): string {
    return this.#begun.id;
  }

  /** The message with all that has come; its content goes on growing. */
  get message(): Message {
    return { ...this.#begun, content: this.#content };
  }

  /** What the upstream has said so far at a place. */
  saidAt(place: number): string {
    return this.#parts.get(place)?.said ?? "";
  }

  /** Adds to the part at this place of the upstream's message. */
  add(place: number, type: PartType, added: string): ContentDelta[] {
    const deltas: ContentDelta[] = [];
    let part = this.#parts.get(place);
    if (part?.type !== type) {
      part = { type, index: this.#content.length, said: "", length: 0, marks: [], waiting: [] };
      this.#content.push(emptyPart(type));
      this.#parts.set(place, part);
    }
    // A citation may come before the text that it stands in.
    for (let rest = added; rest.length > 0;) {
      const next = part.waiting[0];
      const room = next === undefined ? Infinity : placeOf(next) - part.length;
      const piece = beginning(rest, room);
      rest = rest.slice(piece.length);
      if (piece !== "") deltas.push(this.#append(part, piece));
      if (next !== undefined && placeOf(next) <= part.length) {
        part.waiting.shift();
        deltas.push(this.#refer(part, next));
      }
    }
    return deltas;
  }

  /**
   * Adds a citation or a path to the text at a place. A citation of something before the end stands
   * at the end: what was told cannot be changed any more.
   */
  refer(place: number, reference: Reference): ContentDelta[] {
    const deltas: ContentDelta[] = [];
    if (!this.#parts.has(place)) deltas.push(...this.#begin(place));
    const part = this.#parts.get(place);
    if (part?.type !== "text") return deltas;
    if (placeOf(reference) <= part.length) return [...deltas, this.#refer(part, reference)];
    part.waiting.push(reference);
    part.waiting.sort((left, right) => placeOf(left) - placeOf(right));
    return deltas;
  }

  /** Adds what has waited for text that has not come. */
  settle(): ContentDelta[] {
    return [...this.#parts.values()].flatMap((part) =>
      part.waiting.splice(0).map((reference) => this.#refer(part, reference))
    );
  }

  addImage(file_id: string): ContentDelta {
    const image_file = { file_id, detail: "auto" as const };
    const index = this.#content.push({ type: "image_file", image_file }) - 1;
    return { index, type: "image_file", image_file };
  }

  #begin(place: number): ContentDelta[] {
    this.add(place, "text", "");
    const index = this.#content.length - 1;
    return [{ index, type: "text", text: { value: "", annotations: [] } }];
  }

  #append(part: Part, added: string): ContentDelta {
    const { index, type } = part;
    const content = this.#content[index];
    const isFirst = part.said === "";
    part.said += added;
    part.length += lengthOf(added);
    if (content?.type === "text") {
      content.text.value += added;
      // The first delta of a part says that there are no annotations yet.
      const text = isFirst ? { value: added, annotations: [] } : { value: added };
      return { index, type: "text", text };
    }
    if (content?.type === "refusal") content.refusal += added;
    return type === "refusal"
      ? { index, type, refusal: added }
      : { index, type, text: { value: added } };
  }

  #refer(part: Part, reference: Reference): ContentDelta {
    const { index } = part;
    const content = this.#content[index];
    if (content?.type !== "text") return { index, type: "text", text: {} };
    const { text } = content;
    const { annotation, added } = reference.type === "file_citation"
      ? this.#cite(part, reference)
      : pathIn(part, text.value, reference);
    text.value += added;
    const place = text.annotations.push(annotation) - 1;
    const delta = { index: place, ...annotation };
    return {
      index,
      type: "text",
      text: { ...added !== "" && { value: added }, annotations: [delta] },
    };
  }

  #cite(part: Part, { file_id, filename, search }: Reference & { type: "file_citation" }) {
    if (!this.#cited.includes(file_id)) this.#cited.push(file_id);
    const marker = `【${search}:${this.#cited.indexOf(file_id)}†${filename}】`;
    const start_index = ours(part, part.length);
    const length = lengthOf(marker);
    part.marks.push({ at: part.length, length });
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

/** A part of the message, and how the upstream's text and ours differ. */
interface Part {
  type: PartType;
  /** Which part of our message it is. */
  index: number;
  said: string;
  /** Of what was said. */
  length: number;
  /** The markers in our text, by their places in the upstream's. */
  marks: { at: number; length: number }[];
  /** References to what has not been said yet, in the order of their places. */
  waiting: Reference[];
}

function pathIn(
  part: Part,
  value: string,
  { file_id, filename, start, end }: Reference & { type: "file_path" },
): { annotation: Annotation; added: string } {
  const path = `sandbox:/mnt/data/${filename}`;
  const named = part.said.lastIndexOf(path);
  // Some say that a file is there, and not where it is named.
  if (end <= start && named >= 0) {
    start = lengthOf(part.said.slice(0, named));
    end = start + lengthOf(path);
  }
  const start_index = ours(part, Math.min(start, part.length));
  const end_index = Math.max(start_index, ours(part, Math.min(end, part.length), end > start));
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

/** Where a place in the upstream's text is in ours: behind a marker that stands there, or before it. */
function ours({ marks }: Part, place: number, before = false): number {
  return marks.reduce(
    (moved, { at, length }) => at < place || at === place && !before ? moved + length : moved,
    place,
  );
}

/** As much has to be said before a reference can be added. */
function placeOf(reference: Reference): number {
  return reference.type === "file_citation" ? reference.index : reference.end;
}

/** So many characters from the beginning of a text. */
function beginning(text: string, count: number): string {
  if (count >= text.length) return text;
  let end = 0;
  for (const character of text) {
    if (count-- <= 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function emptyPart(type: PartType): Content {
  return type === "text" ? { type, text: { value: "", annotations: [] } } : { type, refusal: "" };
}
