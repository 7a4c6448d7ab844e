import assert from "node:assert/strict";
import { EventStream } from "../../src/http/rest/event_stream.ts";
import { EventBodies } from "../../src/transports/event_response.ts";

const MIB = new Uint8Array(1024 * 1024);

/** Longer than any test. */
const bodies = new EventBodies(60_000);

Deno.test("EventBody passes on what is written, to the end", async () => {
  let ends = 0;
  const body = bodies.open(() => ends += 1);
  body.write("One, ");
  body.write("two.");
  body.close();
  body.write("three.");
  body.close();
  assert.equal(await new Response(body.stream).text(), "One, two.");
  assert.equal(ends, 1);
});

Deno.test("EventBody drops a client that leaves 32 MiB unread, and none that reads", async () => {
  let ends = 0;
  const body = bodies.open(() => ends += 1);
  for (let count = 0; count < 32; count++) body.write(MIB);
  const reader = body.stream.getReader();
  await reader.read();
  body.write(MIB);
  assert.equal(ends, 0);
  body.write(MIB);
  body.write(MIB);
  assert.equal(ends, 1);
  await assert.rejects(reader.read(), /does not read/);
});

Deno.test("EventBody takes one message that is larger than that", async () => {
  const body = bodies.open(() => {});
  body.write(new Uint8Array(40 * MIB.length));
  body.close();
  assert.equal((await new Response(body.stream).bytes()).length, 40 * MIB.length);
});

Deno.test("EventBodies.passOn() cancels a source whose reader does not read", async () => {
  const cancelled = Promise.withResolvers<void>();
  const source = new ReadableStream({
    pull: (controller) => controller.enqueue(MIB),
    cancel: () => cancelled.resolve(),
  });
  let ends = 0;
  const { stream } = bodies.passOn(source, () => ends += 1);
  await cancelled.promise;
  await assert.rejects(new Response(stream).bytes(), /does not read/);
  assert.equal(ends, 1);
});

Deno.test("EventBodies.passOn() ends with its source, and ends that where it is closed", async () => {
  const ends: string[] = [];
  const short = new Response("Done.").body ?? assert.fail("no body");
  const whole = bodies.passOn(short, () => ends.push("source"));
  assert.equal(await new Response(whole.stream).text(), "Done.");
  const cancelled = Promise.withResolvers<void>();
  const endless = new ReadableStream({ cancel: () => cancelled.resolve() });
  const closed = bodies.passOn(endless, () => ends.push("closed"));
  closed.close();
  await cancelled.promise;
  assert.equal(await new Response(closed.stream).text(), "");
  assert.deepEqual(ends, ["source", "closed"]);
});

Deno.test("EventStream tells when its client does not read", async () => {
  const events = new EventStream();
  const text = "x".repeat(MIB.length);
  for (let count = 0; count < 32; count++) events.send("delta", { text });
  assert.equal(events.gone.aborted, false);
  events.send("delta", { text });
  assert.equal(events.gone.aborted, true);
  await assert.rejects(events.response().text(), /does not read/);
});
