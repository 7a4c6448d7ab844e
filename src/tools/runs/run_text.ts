/** What the assistant says in one run, from the pieces of its messages or from the messages themselves. */

import type OpenAI from "openai";

type Message = OpenAI.Beta.Threads.Message;
type MessageDeltaEvent = OpenAI.Beta.Threads.MessageDeltaEvent;

export class Transcript {
  readonly #texts = new Map<string, { text: string; incomplete: boolean }>();

  /** The text so far; an empty line between messages. */
  get text(): string {
    return [...this.#texts.values()].map(({ text }) => text).filter((text) => text !== "")
      .join("\n\n");
  }

  /** Adds a piece to its message and returns its text. */
  add({ id, delta }: MessageDeltaEvent): string {
    const piece = deltaText(delta);
    const text = (this.#texts.get(id)?.text ?? "") + piece;
    this.#texts.set(id, { text, incomplete: false });
    return piece;
  }

  /** Puts a whole message in the place of its pieces; one of the user is none of the assistant's. */
  set(message: Message): void {
    const { id, role, status } = message;
    if (role !== "assistant") return;
    // A message after an incomplete one is the second try of the same answer.
    if (!this.#texts.has(id)) this.#dropIncomplete();
    const text = messageText(message) || (this.#texts.get(id)?.text ?? "");
    this.#texts.set(id, { text, incomplete: status === "incomplete" });
  }

  #dropIncomplete(): void {
    for (const [id, { incomplete }] of this.#texts) if (incomplete) this.#texts.delete(id);
  }
}

function messageText({ content }: Message): string {
  return content.map((part) =>
    part.type === "text" ? part.text.value : part.type === "refusal" ? part.refusal : ""
  ).filter((text) => text !== "").join("\n");
}

function deltaText({ content = [] }: OpenAI.Beta.Threads.MessageDelta): string {
  return content.map((part) =>
    part.type === "text" ? part.text?.value : part.type === "refusal" ? part.refusal : ""
  ).join("");
}
