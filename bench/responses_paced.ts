// deno-lint-ignore-file no-console -- it tells who has started it where it is
/**
 * A Responses server that holds its answers back until so many have been asked for. Then it begins
 * one after the other, within two seconds, and streams all of them at the same pace. Every word is
 * the time at which it was said, in milliseconds.
 *
 * Arguments: how many answers, of how many words, so many milliseconds apart.
 */

import { frame, spokenResponse } from "./_response.ts";

const [ANSWERS = 1, WORDS = 1, PACE_MS = 100] = Deno.args.map(Number);

/** From the head of the last answer to the first word of the first. */
const PAUSE_MS = 500;

/** From the first word of the first answer to that of the last. */
const SPREAD_MS = 2000;

/** Says the next word; whether there are more. */
type Speaker = () => boolean;

let speakers: Speaker[] = [];

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.error(`listening on http://127.0.0.1:${port}/v1`),
}, async (request) => {
  await request.body?.cancel();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const { head, delta, tail } = spokenResponse();
      let text = "";
      let left = WORDS;
      for (const event of head) controller.enqueue(frame(event));
      speakers.push(() => {
        const word = `${(performance.timeOrigin + performance.now()).toFixed(2)} `;
        text += word;
        controller.enqueue(frame(delta(word)));
        if (--left > 0) return true;
        for (const event of tail(text)) controller.enqueue(frame(event));
        controller.close();
        return false;
      });
    },
  });
  if (speakers.length === ANSWERS) {
    speak(speakers);
    speakers = [];
  }
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
});

function speak(those: Speaker[]): void {
  for (const [index, say] of those.entries()) {
    setTimeout(() => {
      const timer = setInterval(() => say() || clearInterval(timer), PACE_MS);
    }, PAUSE_MS + index * SPREAD_MS / those.length);
  }
}
