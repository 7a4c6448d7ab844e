// deno-lint-ignore-file no-console -- prints its URL for the parent process
/**
 * A Responses server that waits for a number of requests. Then it starts one response after another,
 * within two seconds, and streams all of them at the same pace. Every word is the time at which it was
 * sent, in milliseconds.
 *
 * Arguments: number of responses, words per response, milliseconds between words.
 */

import { encodeEvent, textResponse } from "./_response_events.ts";

const [RESPONSES = 1, WORDS = 1, PACE_MS = 100] = Deno.args.map(Number);

/** Time from the last request to the first word of the first response. */
const PAUSE_MS = 500;

/** Time between the first words of the first and the last response. */
const SPREAD_MS = 2000;

/** Sends the next word; returns whether there are more. */
type Sender = () => boolean;

let senders: Sender[] = [];

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/v1`),
}, async (request) => {
  await request.body?.cancel();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const { head, delta, tail } = textResponse();
      let text = "";
      let left = WORDS;
      for (const event of head) controller.enqueue(encodeEvent(event));
      senders.push(() => {
        const word = `${(performance.timeOrigin + performance.now()).toFixed(2)} `;
        text += word;
        controller.enqueue(encodeEvent(delta(word)));
        if (--left > 0) return true;
        for (const event of tail(text)) controller.enqueue(encodeEvent(event));
        controller.close();
        return false;
      });
    },
  });
  if (senders.length === RESPONSES) {
    sendAll(senders);
    senders = [];
  }
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
});

function sendAll(all: Sender[]): void {
  for (const [index, send] of all.entries()) {
    setTimeout(() => {
      const timer = setInterval(() => send() || clearInterval(timer), PACE_MS);
    }, PAUSE_MS + index * SPREAD_MS / all.length);
  }
}
