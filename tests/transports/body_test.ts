import assert from "node:assert/strict";
import { readBytes } from "../../src/transports/body.ts";

const LIMITS = { maxBytes: 4 * 2 ** 20, timeoutMs: 20 };

/** A request whose body comes to nothing after a first byte. */
function hanging(headers: HeadersInit): { request: Request; cancelled: Promise<void> } {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Uint8Array.of(32)),
    cancel: () => resolve(),
  });
  return {
    request: new Request("http://localhost/", { method: "POST", headers, body }),
    cancelled,
  };
}

Deno.test("readBytes() gathers nothing more of a body that came too late, whatever length it declares", async () => {
  for (const headers of [{}, { "content-length": String(LIMITS.maxBytes) }]) {
    const { request, cancelled } = hanging(headers);
    await assert.rejects(readBytes(request, LIMITS), { status: 408, code: "body_too_slow" });
    await cancelled;
  }
});

Deno.test("readBytes() reads a body to its end, in one piece or in many", async () => {
  for (const size of [0, 10, 2 ** 20]) {
    const bytes = new Uint8Array(size).fill(7);
    for (const length of [{}, { "content-length": String(size) }]) {
      const request = new Request("http://localhost/", {
        method: "POST",
        headers: length,
        body: ReadableStream.from([bytes.slice(0, size / 2), bytes.slice(size / 2)]),
      });
      assert.deepEqual(await readBytes(request, LIMITS), bytes);
    }
  }
});
