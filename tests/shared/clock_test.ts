import assert from "node:assert/strict";
import { sleep, withTimeout } from "../../src/shared/clock.ts";
import { ManualClock } from "../kit/engine.ts";

Deno.test("sleep() resolves when its time is over", async () => {
  const clock = new ManualClock();
  let isOver = false;
  const sleeping = sleep(100, undefined, clock).then(() => isOver = true);
  clock.advance(99);
  await Promise.resolve();
  assert.equal(isOver, false);
  clock.advance(1);
  await sleeping;
  assert.equal(clock.pending, 0);
});

Deno.test("sleep() rejects with the signal's reason when it is aborted, and leaves no timer", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleeping = sleep(100, stop.signal, clock);
  const reason = new Error("Stopped.");
  stop.abort(reason);
  await assert.rejects(sleeping, reason);
  assert.equal(clock.pending, 0);
});

Deno.test("sleep() rejects at once if the signal is already aborted", async () => {
  const reason = new Error("Stopped.");
  await assert.rejects(sleep(60_000, AbortSignal.abort(reason)), reason);
});

Deno.test("withTimeout() returns the value of a promise, or undefined if that takes too long", async () => {
  const clock = new ManualClock();
  assert.equal(await withTimeout(100, Promise.resolve("value"), clock), "value");
  assert.equal(clock.pending, 0);
  const late = Promise.withResolvers<string>();
  const waiting = withTimeout(100, late.promise, clock);
  clock.advance(100);
  assert.equal(await waiting, undefined);
  // Unhandled, this would fail the test.
  late.reject(new Error("Too late."));
  await assert.rejects(withTimeout(100, Promise.reject(new Error("Broken.")), clock), /Broken/);
  assert.equal(await withTimeout(0, Promise.resolve("value"), clock), undefined);
});
