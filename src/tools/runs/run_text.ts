/** The text that the assistant writes in one run, assembled from deltas or from complete messages. */

import type OpenAI from "openai";

type Message = OpenAI.Beta.Threads.Message;
type MessageDeltaEvent = OpenAI.Beta.Threads.MessageDeltaEvent;

/** Collects the text of a run's messages. */
export class RunText {
  readonly #messages = new Map<string, { text: string; isIncomplete: boolean }>();

  /** The text so far, with an empty line between messages. */
  get text(): string {
    return [...this.#messages.values()].map(({ text }) => text).filter((text) => text !== "")
      .join("\n\n");
  }

  /** Appends a delta to its message and returns the delta's text. */
  append({ id, delta }: MessageDeltaEvent): string {
    const piece = deltaText(delta);
    const text = (this.#messages.get(id)?.text ?? "") + piece;
    this.#messages.set(id, { text, isIncomplete: false });
    return piece;
  }

  /** Replaces the deltas of a message by the complete message; ignores messages of the user. */
  set(message: Message): void {
    const { id, role, status } = message;
    if (role !== "assistant") return;
    // A message after an incomplete one is the retry of the same answer.
    if (!this.#messages.has(id)) this.#dropIncomplete();
    const text = messageText(message) || (this.#messages.get(id)?.text ?? "");
    this.#messages.set(id, { text, isIncomplete: status === "incomplete" });
  }

  #dropIncomplete(): void {
    for (const [id, { isIncomplete }] of this.#messages) {
      if (isIncomplete) this.#messages.delete(id);
    }
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
