/** A response that says some words, as the events that an upstream streams. */

export interface ResponseEvent {
  type: string;
  [field: string]: unknown;
}

/** The events before, with and after the words; those with the words are made when they are said. */
export interface SpokenResponse {
  head: ResponseEvent[];
  delta(word: string): ResponseEvent;
  tail(text: string): ResponseEvent[];
}

export function spokenResponse(): SpokenResponse {
  const message = { id: "msg_1", type: "message", role: "assistant" };
  const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 0,
    status: "in_progress",
    model: "m",
    output: [],
    usage: null,
  };
  let sequence_number = 0;
  const numbered = (event: ResponseEvent) => ({ ...event, sequence_number: sequence_number++ });
  return {
    head: [
      { type: "response.created", response },
      { type: "response.in_progress", response },
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { ...message, status: "in_progress", content: [] },
      },
      { type: "response.content_part.added", ...at, part: part("") },
    ].map(numbered),
    delta: (delta) => numbered({ type: "response.output_text.delta", ...at, delta, logprobs: [] }),
    tail(text) {
      const whole = { ...message, status: "completed", content: [part(text)] };
      const usage = { input_tokens: 9, output_tokens: 9, total_tokens: 18 };
      return [
        { type: "response.output_text.done", ...at, text, logprobs: [] },
        { type: "response.content_part.done", ...at, part: part(text) },
        { type: "response.output_item.done", output_index: 0, item: whole },
        {
          type: "response.completed",
          response: { ...response, status: "completed", output: [whole], usage },
        },
      ].map(numbered);
    },
  };
}

const encoder = new TextEncoder();

/** An event on the wire. */
export function frame(event: ResponseEvent): Uint8Array {
  return encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
