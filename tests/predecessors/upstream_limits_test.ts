/** P5.3: images take their time, fail in passing and are paid: what a caller can count on. */

import assert from "node:assert/strict";
import { gate, type ImageReply } from "../fakes/responses_server.ts";
import { start } from "./_server.ts";

const PROMPT = { prompt: "A lighthouse at dusk" };

const BUSY: ImageReply = {
  refusal: { status: 429, message: "Slow down.", headers: { "retry-after-ms": "10" } },
};

// Row P5.3 of the predecessors.
Deno.test("OPENAI_TIMEOUT_S ends requests that take longer", async () => {
  await using started = await start({ OPENAI_TIMEOUT_S: "1" });
  const before = gate();
  const gone = Promise.withResolvers<void>();
  started.upstream.hosted.images.enqueue({ before, onGone: gone.resolve });
  const { text, fields } = await started.refusal("create-image", PROMPT);
  assert.match(text, /did not finish its answer within 1 s \(OPENAI_TIMEOUT_S\)/);
  assert.deepEqual([fields.status, fields.code], [504, "timeout"]);
  await gone.promise;
  before.open();
  assert.equal(started.upstream.requests.length, 1, "it may be paid, and is not asked for again");
});

// Row P5.3 of the predecessors.
Deno.test("a 429 is retried up to OPENAI_MAX_RETRIES times", async () => {
  await using started = await start({ OPENAI_MAX_RETRIES: "3" });
  const { upstream } = started;
  upstream.hosted.images.enqueue(BUSY, BUSY, BUSY);
  await started.server.callTool("create-image", PROMPT);
  assert.equal(upstream.requests.length, 4);
  upstream.hosted.images.enqueue(BUSY, BUSY, BUSY, BUSY);
  const { fields } = await started.refusal("create-image", PROMPT);
  assert.deepEqual([fields.status, fields.retryable], [429, true]);
  assert.equal(upstream.requests.length, 8);
});

// Row P5.3 of the predecessors.
Deno.test("a failed image request is not retried, because it may be charged", async () => {
  await using started = await start({ OPENAI_MAX_RETRIES: "3" });
  const { upstream } = started;
  const refusal = {
    status: 500,
    message: "The server had an error.",
    headers: BUSY.refusal?.headers,
  };
  upstream.hosted.images.enqueue({ refusal });
  const { fields } = await started.refusal("create-image", PROMPT);
  assert.equal(fields.status, 500);
  assert.equal(upstream.requests.length, 1);
});

// Row P5.3 of the predecessors.
Deno.test("the images of a batch queue for OPENAI_MAX_CONCURRENCY, and are reported one by one", async () => {
  await using started = await start({ OPENAI_MAX_CONCURRENCY: "2" });
  const { server, upstream } = started;
  const gates = Array.from({ length: 5 }, gate);
  upstream.hosted.images.enqueue(...gates.map((before) => ({ before })));
  await server.send({
    jsonrpc: "2.0",
    id: "batch",
    method: "tools/call",
    params: {
      name: "create-image",
      arguments: { ...PROMPT, n: 5 },
      _meta: { progressToken: "token" },
    },
  });
  for (const [index, { reached, open }] of gates.entries()) {
    await reached;
    assert.ok(upstream.requests.length <= index + 2, "the others wait in line");
    open();
    const { method, params } = await server.next();
    assert.equal(method, "notifications/progress");
    assert.deepEqual([params.progressToken, params.progress], ["token", index + 1]);
    assert.match(params.message, new RegExp(`^Image ${index + 1} of 5: 1x1, image/png, `));
  }
  const { id, result } = await server.next();
  assert.deepEqual([id, result.structuredContent.images.length], ["batch", 5]);
});

// Row P5.3 of the predecessors.
Deno.test("a cancelled call requests no more images", async () => {
  await using started = await start({ OPENAI_MAX_CONCURRENCY: "2" });
  const { server, upstream } = started;
  const gone = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const gates = gone.map(gate);
  upstream.hosted.images.enqueue(
    ...gone.map(({ resolve }, index) => ({ before: gates[index], onGone: resolve })),
  );
  const params = { name: "create-image", arguments: { ...PROMPT, n: 6 } };
  await server.send({ jsonrpc: "2.0", id: "batch", method: "tools/call", params });
  await Promise.all(gates.map(({ reached }) => reached));
  await server.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "batch", reason: "Enough." },
  });
  await Promise.all(gone.map(({ promise }) => promise));
  for (const { open } of gates) open();
  // The line is free again, and those that waited in it were never sent.
  await server.callTool("create-image", PROMPT);
  assert.equal(upstream.requests.length, 3);
});

// Row P5.3 of the predecessors.
Deno.test("an image call returns within WAIT_S, and get-job returns the image", async () => {
  await using started = await start({ WAIT_S: "1" });
  const { server, upstream } = started;
  const before = gate();
  upstream.hosted.images.enqueue({ before });
  const { job_id, ...rest } = await started.call("create-image", PROMPT);
  assert.deepEqual(rest, { status: "in_progress", images: [], usage: null, error: null });
  before.open();
  const { structuredContent: job, content } = await server.callTool("get-job", { job_id });
  assert.deepEqual([job.tool, job.status, job.result.images.length], [
    "create_image",
    "completed",
    1,
  ]);
  assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
});
