// deno-lint-ignore-file no-console -- prints its URL for the parent process
/**
 * A Responses server that streams a short response immediately, or after a latency. Argument: the
 * latency in milliseconds.
 */

import { encodeEvent, textResponse } from "./_response_events.ts";

const [LATENCY_MS = 0] = Deno.args.map(Number);

const WORDS = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog."];

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/v1`),
}, async (request) => {
  await request.body?.cancel();
  if (LATENCY_MS > 0) await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
  const { head, delta, tail } = textResponse();
  const events = [...head, ...WORDS.map(delta), ...tail(WORDS.join(""))];
  return new Response(ReadableStream.from(events.map(encodeEvent)), {
    headers: { "content-type": "text/event-stream" },
  });
});
