/** A client that opens a run's events and does not read them. */

import assert from "node:assert/strict";
import { EventStreams } from "../../src/shared/event_streams.ts";
import { eventStream } from "../../src/engine/api/event_stream.ts";
import type { Sink } from "../../src/engine/objects/events.ts";
import type { RunEvent } from "../../src/engine/objects/events.ts";

const NEVER = new AbortController().signal;
const MIB = {
  event: "error",
  data: { code: null, message: "x".repeat(2 ** 20), param: null, type: "" },
};
/** One that ends no stream. */
const DELTA = { ...MIB, event: "thread.message.delta" } as unknown as RunEvent;

Deno.test("a stream whose reader leaves 32 MiB unread breaks off, and no other", async () => {
  const sinks: Sink[] = [];
  let stops = 0;
  const [read, stalled] = [0, 1].map(() =>
    eventStream({ streams: new EventStreams(), closing: NEVER }, NEVER, (sink) => {
      sinks.push(sink);
      return () => stops += 1;
    })
  );
  assert.ok(read && stalled);
  const reader = read.getReader();
  for (let count = 0; count < 40; count++) {
    for (const sink of sinks) sink.send(DELTA);
    const { value } = await reader.read();
    assert.ok(value !== undefined && value.length > 2 ** 20);
  }
  assert.equal(stops, 1);
  await assert.rejects(stalled.getReader().read(), /does not read/);
  await reader.cancel();
  assert.equal(stops, 2);
});
