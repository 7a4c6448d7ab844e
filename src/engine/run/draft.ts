/** A message while it is being written: its content grows with what the upstream sends. */

import type OpenAI from "openai";
import type { Message } from "../../store/mod.ts";

type Content = Message["content"][number];
type ContentDelta = OpenAI.Beta.Threads.MessageContentDelta;

export class Draft {
  /** The message as it began. */
  readonly #begun: Message;
  readonly #content: Content[] = [];
  /** Where a content part of the upstream's message is in ours, which leaves no gaps. */
  readonly #places = new Map<number, number>();

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

  /** What a part says so far. */
  textAt(place: number): string {
    const part = this.#content[this.#places.get(place) ?? -1];
    if (part?.type === "text") return part.text.value;
    return part?.type === "refusal" ? part.refusal : "";
  }

  /** Adds to the part at this place of the upstream's message. */
  add(place: number, type: "text" | "refusal", added: string): ContentDelta {
    let index = this.#places.get(place) ?? -1;
    const isNew = this.#content[index]?.type !== type;
    if (isNew) {
      index = this.#content.push(emptyPart(type)) - 1;
      this.#places.set(place, index);
    }
    const part = this.#content[index];
    if (part?.type === "text") {
      part.text.value += added;
      return {
        index,
        type: "text",
        text: isNew ? { value: added, annotations: [] } : { value: added },
      };
    }
    if (part?.type === "refusal") part.refusal += added;
    return { index, type: "refusal", refusal: added };
  }
}

function emptyPart(type: "text" | "refusal"): Content {
  return type === "text" ? { type, text: { value: "", annotations: [] } } : { type, refusal: "" };
}
