// deno-lint-ignore-file no-console -- it tells who has started it where it is
/** A Responses server that streams a short answer as fast as it can. */

const DELTAS = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog."];

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/v1`),
}, async (request) => {
  await request.body?.cancel();
  return new Response(ReadableStream.from(events().map(frame)), {
    headers: { "content-type": "text/event-stream" },
  });
});

function events(): { type: string }[] {
  const message = { id: "msg_1", type: "message", role: "assistant" };
  const part = (text: string) => ({ type: "output_text", text, annotations: [], logprobs: [] });
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const text = DELTAS.join("");
  const whole = { ...message, status: "completed", content: [part(text)] };
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 0,
    status: "in_progress",
    model: "m",
    output: [],
    usage: null,
  };
  const usage = { input_tokens: 9, output_tokens: 9, total_tokens: 18 };
  return [
    { type: "response.created", response },
    { type: "response.in_progress", response },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...message, status: "in_progress", content: [] },
    },
    { type: "response.content_part.added", ...at, part: part("") },
    ...DELTAS.map((delta) => ({ type: "response.output_text.delta", ...at, delta, logprobs: [] })),
    { type: "response.output_text.done", ...at, text, logprobs: [] },
    { type: "response.content_part.done", ...at, part: part(text) },
    { type: "response.output_item.done", output_index: 0, item: whole },
    {
      type: "response.completed",
      response: { ...response, status: "completed", output: [whole], usage },
    },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
}

function frame(event: { type: string }): Uint8Array {
  return new TextEncoder().encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
