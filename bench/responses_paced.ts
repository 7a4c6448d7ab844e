// deno-lint-ignore-file no-console -- it tells who has started it where it is
/**
 * A Responses server that holds its answers back until so many have been asked for, and then
 * streams them all at the same pace, each a little after the one before. Every word is the time at
 * which it was said, in milliseconds.
 *
 * Arguments: how many answers, of how many words, so many milliseconds apart.
 */

import { frame, spokenResponse } from "./_response.ts";

const [ANSWERS = 1, WORDS = 1, PACE_MS = 100] = Deno.args.map(Number);

/** From the head of the last answer to the first word. */
const PAUSE_MS = 500;

/** Says the next word, which is the last one at the end. */
type Speaker = (last: boolean) => void;

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
      for (const event of head) controller.enqueue(frame(event));
      speakers.push((last) => {
        const word = `${(performance.timeOrigin + performance.now()).toFixed(2)} `;
        text += word;
        controller.enqueue(frame(delta(word)));
        if (!last) return;
        for (const event of tail(text)) controller.enqueue(frame(event));
        controller.close();
      });
    },
  });
  if (speakers.length === ANSWERS) {
    speak(speakers);
    speakers = [];
  }
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
});

/** The words of all, in the order in which they are due. */
function speak(those: Speaker[]): void {
  const startsAt = performance.now() + PAUSE_MS;
  const apartMs = PACE_MS / those.length;
  let said = 0;
  const timer = setInterval(() => {
    for (; startsAt + said * apartMs <= performance.now(); said++) {
      const word = Math.floor(said / those.length);
      if (word === WORDS) return clearInterval(timer);
      those[said % those.length]?.(word === WORDS - 1);
    }
  }, 1);
}
