import assert from "node:assert/strict";
import { readBytes } from "../../src/transports/body.ts";
import { serveHttp } from "../kit/http_server.ts";
import { openRaw, type RawRequest, requestHead } from "../kit/raw_http.ts";

Deno.test("readBytes() gathers nothing more of a body that came too late", async () => {
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(Uint8Array.of(32)),
    cancel: () => cancelled.resolve(),
  });
  const request = new Request("http://localhost/", { method: "POST", body });
  const limits = { maxBytes: 1000, timeoutMs: 20 };
  await assert.rejects(readBytes(request, limits), { status: 408, code: "body_too_slow" });
  await cancelled.promise;
});

Deno.test("a body costs no memory before it comes, however long it is said to be", async () => {
  await using server = serveHttp({ bodyTimeoutMs: 200, maxBodyBytes: 32 * 2 ** 20 });
  const before = Deno.memoryUsage().rss;
  const head = requestHead("POST", server.url, {
    "content-type": "application/json",
    "content-length": 30_000_000,
  });
  const requests: RawRequest[] = [];
  for (let count = 0; count < 20; count++) {
    const request = await openRaw(server.url);
    requests.push(request);
    await request.send(`${head} `);
  }
  for (const request of requests) {
    assert.match(await request.readUntil("BODY_TIMEOUT_S"), /^HTTP\/1\.1 408 /);
  }
  const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
  for (const request of requests) request[Symbol.dispose]();
  // It was 16 MiB for each.
  assert.ok(grown < 120, `${grown} MiB`);
});
