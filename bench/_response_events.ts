/** The events of a streamed text response. */

/** An event of the Responses API. */
export interface ResponseEvent {
  type: string;
  [field: string]: unknown;
}

/** The events of a text response: before, with and after the words. */
export interface TextResponse {
  head: ResponseEvent[];
  delta(word: string): ResponseEvent;
  tail(text: string): ResponseEvent[];
}

/** Creates the events of one response. */
export function textResponse(): TextResponse {
  const message = { id: "msg_1", type: "message", role: "assistant" };
  const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
  const position = { item_id: "msg_1", output_index: 0, content_index: 0 };
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
      { type: "response.content_part.added", ...position, part: part("") },
    ].map(numbered),
    delta: (delta) =>
      numbered({ type: "response.output_text.delta", ...position, delta, logprobs: [] }),
    tail(text) {
      const complete = { ...message, status: "completed", content: [part(text)] };
      const usage = { input_tokens: 9, output_tokens: 9, total_tokens: 18 };
      return [
        { type: "response.output_text.done", ...position, text, logprobs: [] },
        { type: "response.content_part.done", ...position, part: part(text) },
        { type: "response.output_item.done", output_index: 0, item: complete },
        {
          type: "response.completed",
          response: { ...response, status: "completed", output: [complete], usage },
        },
      ].map(numbered);
    },
  };
}

const encoder = new TextEncoder();

/** Encodes an event as a server-sent event. */
export function encodeEvent(event: ResponseEvent): Uint8Array {
  return encoder.encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
