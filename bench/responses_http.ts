// deno-lint-ignore-file no-console -- it tells who has started it where it is
/**
 * A Responses server that streams a short answer as fast as it can, after so many milliseconds as
 * its argument says.
 */

import { frame, spokenResponse } from "./_response.ts";

const [LATENCY_MS = 0] = Deno.args.map(Number);

const WORDS = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "the ", "lazy ", "dog."];

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/v1`),
}, async (request) => {
  await request.body?.cancel();
  if (LATENCY_MS > 0) await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
  const { head, delta, tail } = spokenResponse();
  const events = [...head, ...WORDS.map(delta), ...tail(WORDS.join(""))];
  return new Response(ReadableStream.from(events.map(frame)), {
    headers: { "content-type": "text/event-stream" },
  });
});
