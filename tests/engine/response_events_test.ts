/** The events of a streamed response, however its bytes are cut. */

import assert from "node:assert/strict";
import { responseEvents } from "../../src/engine/turn/response/_event_reader.ts";

const NEVER = new AbortController().signal;

async function read(...chunks: (string | Uint8Array<ArrayBuffer>)[]) {
  const encoder = new TextEncoder();
  const bytes = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return await Array.fromAsync(responseEvents(new Response(ReadableStream.from(bytes)), NEVER));
}

function wire(end: string): string {
  return [": a comment", 'data: {"type":"a","text":"Grüße 👋"}', "", "event: b", "id: 5"]
    .concat('data: {"type":"b",', 'data: "n":1}', "", 'data:{"type":"c"}', "", "")
    .join(end);
}

const EVENTS = [{ type: "a", text: "Grüße 👋" }, { type: "b", n: 1 }, { type: "c" }];

Deno.test("responseEvents() reads the same events wherever the bytes are cut", async () => {
  for (const end of ["\n", "\r\n"]) {
    const bytes = new TextEncoder().encode(wire(end));
    assert.deepEqual(await read(bytes), EVENTS);
    for (let at = 1; at < bytes.length; at++) {
      assert.deepEqual(await read(bytes.slice(0, at), bytes.slice(at)), EVENTS);
    }
    assert.deepEqual(await read(...Array.from(bytes, (byte) => Uint8Array.of(byte))), EVENTS);
  }
});

Deno.test("responseEvents() takes a last event without an empty line, and none after [DONE]", async () => {
  assert.deepEqual(await read('data: {"type":"a"}'), [{ type: "a" }]);
  const [a, done, b] = ['data: {"type":"a"}\n\n', "data: [DONE]\n\n", 'data: {"type":"b"}\n\n'];
  assert.deepEqual(await read(a, done, b), [{ type: "a" }]);
});

Deno.test("responseEvents() takes an error in every form in which servers send it", async () => {
  const error = { type: "error", code: "server_error", message: "No." };
  const bare = '{"code":"server_error","message":"No."}';
  assert.deepEqual(await read(`data: ${JSON.stringify(error)}\n\n`), [error]);
  assert.deepEqual(await read(`event: error\ndata: ${bare}\n\n`), [error]);
  const [nested] = await read(`data: {"error":${bare}}\n\n`);
  assert.deepEqual({ ...nested, error: undefined }, { ...error, error: undefined });
});

Deno.test("responseEvents() throws what breaks the body, and says what is no JSON", async () => {
  await assert.rejects(read("data: {nope}\n\n"), /The upstream sent an event that is not JSON/);
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("Broken")) });
  const events = responseEvents(new Response(body), NEVER);
  await assert.rejects(events.next(), /Broken/);
});

Deno.test("responseEvents() ends without an error when nobody wants to read on", async () => {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({ cancel: () => cancelled.resolve() });
  const reading = new AbortController();
  const next = responseEvents(new Response(body), reading.signal).next();
  reading.abort();
  assert.equal((await next).done, true);
  await cancelled.promise;
});

Deno.test("responseEvents() does not gather an event that never ends", async () => {
  // The same bytes again and again cost the test no memory.
  const chunk = new TextEncoder().encode(`data: ${"x".repeat(2 ** 20)}`);
  const lines = new TextEncoder().encode(`data: ${"x".repeat(2 ** 20)}\n`);
  for (const bytes of [chunk, lines]) {
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(bytes) });
    const events = responseEvents(new Response(body), NEVER);
    await assert.rejects(events.next(), /an event of more than 128 MiB/);
  }
});
