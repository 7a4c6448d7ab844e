import assert from "node:assert/strict";
import { EventStreams } from "../../src/shared/event_streams.ts";
import { ManualClock } from "../kit/engine.ts";

const MIB = new Uint8Array(1024 * 1024);

/** Longer than any test. */
const streams = new EventStreams({ keepAliveMs: 60_000 });

Deno.test("EventStream passes on what is written, to the end", async () => {
  let ends = 0;
  const stream = streams.open(() => ends += 1);
  stream.write("One, ");
  stream.write("two.");
  stream.close();
  stream.write("three.");
  stream.close();
  assert.equal(await new Response(stream.body).text(), "One, two.");
  assert.equal(ends, 1);
});

Deno.test("EventStream drops a client that leaves 32 MiB unread, and none that reads", async () => {
  let ends = 0;
  const stream = streams.open(() => ends += 1);
  for (let count = 0; count < 32; count++) stream.write(MIB);
  const reader = stream.body.getReader();
  await reader.read();
  stream.write(MIB);
  assert.equal(ends, 0);
  stream.write(MIB);
  stream.write(MIB);
  assert.equal(ends, 1);
  await assert.rejects(reader.read(), /does not read/);
});

Deno.test("EventStream takes one message that is larger than that", async () => {
  const stream = streams.open(() => {});
  stream.write(new Uint8Array(40 * MIB.length));
  stream.close();
  assert.equal((await new Response(stream.body).bytes()).length, 40 * MIB.length);
});

Deno.test("EventStreams.forward() cancels a source whose reader does not read", async () => {
  const cancelled = Promise.withResolvers<void>();
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(MIB),
    cancel: () => cancelled.resolve(),
  });
  let ends = 0;
  const { body } = streams.forward(source, () => ends += 1);
  await cancelled.promise;
  await assert.rejects(new Response(body).bytes(), /does not read/);
  assert.equal(ends, 1);
});

Deno.test("EventStreams.forward() ends with its source, and ends that where it is closed", async () => {
  const ends: string[] = [];
  const short = new Response("Done.").body ?? assert.fail("no body");
  const whole = streams.forward(short, () => ends.push("source"));
  assert.equal(await new Response(whole.body).text(), "Done.");
  const cancelled = Promise.withResolvers<void>();
  const endless = new ReadableStream({ cancel: () => cancelled.resolve() });
  const closed = streams.forward(endless, () => ends.push("closed"));
  closed.close();
  await cancelled.promise;
  assert.equal(await new Response(closed.body).text(), "");
  assert.deepEqual(ends, ["source", "closed"]);
});

Deno.test("EventStream.send() tells when its client does not read", async () => {
  let isGone = false;
  const events = streams.open(() => isGone = true);
  const text = "x".repeat(MIB.length);
  for (let count = 0; count < 32; count++) events.send("delta", { text });
  assert.equal(isGone, false);
  events.send("delta", { text });
  assert.equal(isGone, true);
  await assert.rejects(new Response(events.body).text(), /does not read/);
});

Deno.test("EventStreams writes a comment to every open stream, and to none that has ended", async () => {
  const clock = new ManualClock();
  const streams = new EventStreams({ clock });
  const gone = streams.open(() => {});
  await gone.body.cancel();
  const closed = streams.open(() => {});
  closed.close();
  const open = [streams.open(() => {}), streams.open(() => {})];
  const readers = open.map(({ body }) => body.getReader());
  for (let times = 0; times < 2; times++) {
    clock.advance(15_000);
    for (const reader of readers) {
      assert.equal(new TextDecoder().decode((await reader.read()).value), ": keep-alive\n\n");
    }
  }
  assert.equal(await new Response(closed.body).text(), "");
  assert.equal(clock.pending, 1);
  for (const reader of readers) await reader.cancel();
  assert.equal(clock.pending, 0);
});

Deno.test("EventStreams writes no comments to a client that reads slowly, nor drops it", async () => {
  const clock = new ManualClock();
  const streams = new EventStreams({ clock });
  let ended = false;
  const slow = streams.open(() => void (ended = true));
  const full = new Uint8Array(32 * 1024 * 1024);
  slow.write(full);
  const other = streams.open(() => {}).body.getReader();
  for (let times = 0; times < 3; times++) {
    clock.advance(15_000);
    await other.read();
  }
  assert.equal(ended, false);
  slow.close();
  assert.equal((await new Response(slow.body).bytes()).length, full.length);
  await other.cancel();
});
