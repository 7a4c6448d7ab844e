/**
 * The events of a streamed response, from its bytes. The SDK can read them as well, but a thousand
 * streams at once would spend a tenth of their time on it.
 */

import type OpenAI from "openai";
import { joinBytes } from "../../../shared/bytes.ts";

export type ResponseEvent = OpenAI.Responses.ResponseStreamEvent;

const LINE_FEED = 10;

/** The most that one event may be, in bytes: the images that code has drawn stand in it. */
const MAX_EVENT_BYTES = 128 * 2 ** 20;

const decoder = new TextDecoder();

/**
 * Yields the events until the body ends; ends without an error when `signal` is aborted.
 *
 * @throws {Error} what the body breaks with, or for an event that is no JSON or does not end
 */
export async function* responseEvents(
  { body }: Response,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent, void> {
  if (body === null) return;
  const reader = body.getReader();
  const leave = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", leave);
  const lines = new Lines();
  let name = "";
  let data = "";
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      // The last event may come without the empty line that ends one.
      for (const line of done ? [...lines.rest(), ""] : lines.add(value)) {
        if (line.startsWith("event:")) name = line.slice("event:".length).trim();
        else if (line.startsWith("data:")) data += line.slice("data:".length);
        if (line !== "" || data === "") continue;
        if (data.trim() === "[DONE]") return;
        yield parse(name, data);
        name = data = "";
      }
      if (done) return;
      if (lines.begun + data.length > MAX_EVENT_BYTES) throw tooLong();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", leave);
    leave();
  }
}

/** Bytes to lines; what is begun waits for its end, and so does a character in two pieces. */
class Lines {
  #begun: Uint8Array[] = [];
  /** How many bytes wait for the end of their line. */
  begun = 0;

  add(bytes: Uint8Array): string[] {
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      this.#begun.push(bytes);
      this.begun += bytes.length;
      return [];
    }
    const whole = joinBytes([...this.#begun, bytes.subarray(0, end)]);
    this.#begun = end < bytes.length ? [bytes.subarray(end)] : [];
    this.begun = bytes.length - end;
    // After the last line feed there is nothing, which is no line.
    return split(whole).slice(0, -1);
  }

  rest(): string[] {
    return split(joinBytes(this.#begun));
  }
}

function split(bytes: Uint8Array): string[] {
  return decoder.decode(bytes).split(/\r?\n/);
}

function parse(name: string, data: string): ResponseEvent {
  const event = parseJson(data);
  // An error may be wrapped in an object, and without a type.
  if (name === "error" || event.error) return { ...event, ...Object(event.error), type: "error" };
  return event;
}

function tooLong(): Error {
  return new Error(`The upstream sent an event of more than ${MAX_EVENT_BYTES / 2 ** 20} MiB.`);
}

function parseJson(data: string) {
  try {
    return Object(JSON.parse(data));
  } catch (cause) {
    throw new SyntaxError("The upstream sent an event that is no JSON.", { cause });
  }
}
