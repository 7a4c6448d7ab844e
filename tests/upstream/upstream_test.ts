import assert from "node:assert/strict";
import { ApiError } from "../../src/shared/errors.ts";
import { createUpstream, type Fetch, type UpstreamSettings } from "../../src/upstream/mod.ts";
import {
  cut,
  gate,
  hang,
  held,
  neverAnswer,
  PNG,
  type ResponsesServer,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";

const KEY = "sk-proj-abcdefghijklmnop";

function upstream(settings: Partial<UpstreamSettings> = {}): Fetch {
  return createUpstream(defaults(settings)).fetch;
}

function defaults(settings: Partial<UpstreamSettings>): UpstreamSettings {
  return {
    OPENAI_TIMEOUT_S: 20,
    OPENAI_MAX_RETRIES: 2,
    OPENAI_MAX_CONCURRENCY: 64,
    ...settings,
  };
}

function post(
  fetch: Fetch,
  fake: ResponsesServer,
  { stream = false, signal }: { stream?: boolean; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${fake.url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ model: "gpt-test", input: "hi", stream }),
    signal,
  });
}

function apiError(status: number, code: string, words: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.deepEqual([error.status, error.code], [status, code]);
    assert.match(error.message, words);
    return true;
  };
}

/** The bytes up to the first event of that type. */
async function readUntil(response: Response, type: string) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let seen = "";
  while (!seen.includes(`event: ${type}\n`)) seen += (await reader.read()).value ?? "";
  return reader;
}

Deno.test("upstream.fetch() waits as Retry-After says and tries again", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(
    status(429, { headers: { "retry-after": "0" } }),
    status(429, { headers: { "retry-after": new Date(0).toUTCString() } }),
  );
  const response = await post(upstream(), fake);
  assert.equal(response.status, 200);
  assert.equal((await response.json()).status, "completed");
  assert.equal(fake.requests.length, 3);
  assert.deepEqual(fake.requests[2]?.body, fake.requests[0]?.body);
});

for (const code of [408, 409, 500, 503]) {
  Deno.test(`upstream.fetch() retries a ${code} as often as OPENAI_MAX_RETRIES says`, async () => {
    await using fake = startResponsesServer();
    const answer = () => status(code, { headers: { "retry-after-ms": "1" } });
    fake.enqueue(answer(), answer(), answer());
    const response = await post(upstream({ OPENAI_MAX_RETRIES: 1 }), fake);
    assert.equal(response.status, code);
    assert.match(await response.text(), /Scripted status/);
    assert.equal(fake.requests.length, 2);
  });
}

Deno.test("upstream.fetch() does not retry what would fail again", async () => {
  await using fake = startResponsesServer();
  const quota = { message: "No credit.", type: "insufficient_quota", code: "insufficient_quota" };
  const scripts = [
    status(400),
    status(404),
    status(429, { body: { error: quota } }),
    status(503, { headers: { "x-should-retry": "false" } }),
  ];
  const fetch = upstream();
  for (const [index, script] of scripts.entries()) {
    fake.enqueue(script);
    const response = await post(fetch, fake);
    assert.ok(!response.ok);
    await response.body?.cancel();
    assert.equal(fake.requests.length, index + 1);
  }
});

Deno.test("upstream.fetch() retries whatever the server wants retried", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(status(400, { headers: { "x-should-retry": "true", "retry-after-ms": "1" } }));
  assert.equal((await (await post(upstream(), fake)).json()).status, "completed");
});

Deno.test("upstream.fetch() passes on at once what it may only retry after the deadline", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(status(429, { headers: { "retry-after": "3600" } }));
  const response = await post(upstream(), fake);
  assert.deepEqual([response.status, response.headers.get("retry-after")], [429, "3600"]);
  await response.body?.cancel();
});

Deno.test("upstream.fetch() does not send a stream twice", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(status(500, { headers: { "retry-after-ms": "1" } }));
  const response = await upstream()(`${fake.url}/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new Blob(['{"model":"gpt-test"}']).stream(),
  });
  assert.equal(response.status, 500);
  await response.body?.cancel();
  assert.equal(fake.requests.length, 1);
});

function image(fetch: Fetch, fake: ResponsesServer, form?: FormData): Promise<Response> {
  return fetch(`${fake.url}/images/${form ? "edits" : "generations"}`, {
    method: "POST",
    headers: form ? {} : { "content-type": "application/json" },
    body: form ?? JSON.stringify({ prompt: "A cat" }),
  });
}

Deno.test("upstream.fetch() sends a request for images again only when it was not begun", async () => {
  await using fake = startResponsesServer();
  const fetch = upstream();
  const again = { headers: { "retry-after-ms": "1" } };
  const { images } = fake.hosted;
  images.enqueue({ refusal: { status: 429, message: "Slow down.", ...again } });
  assert.equal((await image(fetch, fake)).status, 200);
  assert.equal(fake.requests.length, 2);

  const form = new FormData();
  form.set("prompt", "A cat");
  form.set("image", new Blob([PNG]));
  images.enqueue({ refusal: { status: 429, message: "Slow down.", ...again } });
  assert.equal((await image(fetch, fake, form)).status, 200);
  assert.equal(fake.requests.length, 4);

  for (const status of [408, 409, 500, 503]) {
    const sent: number = fake.requests.length;
    images.enqueue({ refusal: { status, message: "No.", ...again } });
    const response = await image(fetch, fake);
    await response.body?.cancel();
    assert.deepEqual([response.status, fake.requests.length], [status, sent + 1]);
  }
  const retries = Array(3).fill({ refusal: { status: 429, message: "Slow down.", ...again } });
  images.enqueue(...retries);
  const response = await image(upstream({ OPENAI_MAX_RETRIES: 1 }), fake);
  await response.body?.cancel();
  assert.equal(response.status, 429);
});

Deno.test("upstream.fetch() says that nobody listens at the address", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await assert.rejects(
    upstream({ OPENAI_MAX_RETRIES: 0 })(`http://127.0.0.1:${port}/v1/models?secret=1`),
    apiError(
      502,
      "connection_error",
      /^Cannot reach the model server at http:\/\/127\.0\.0\.1:\d+: .*refused.*OPENAI_BASE_URL/,
    ),
  );
});

Deno.test("upstream.fetch() tries again after a connection that broke", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const answered = upstream({ OPENAI_MAX_RETRIES: 1 })(`http://127.0.0.1:${port}/`);
  (await listener.accept()).close();
  using second = await listener.accept();
  await second.read(new Uint8Array(1024));
  await second.write(
    new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"),
  );
  assert.equal(await (await answered).text(), "ok");
});

Deno.test("upstream.fetch() gives up on a server that never answers", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(neverAnswer());
  await assert.rejects(
    post(upstream({ OPENAI_TIMEOUT_S: 0.2 }), fake),
    apiError(504, "timeout", /did not finish its answer within 0\.2 s \(OPENAI_TIMEOUT_S\)/),
  );
});

Deno.test("upstream.fetch() keeps its deadline in the middle of a stream", async () => {
  await using fake = startResponsesServer();
  const silent = hang(text(["a", "b"]), 5);
  fake.enqueue(silent);
  const fetch = upstream({ OPENAI_TIMEOUT_S: 0.5, OPENAI_MAX_CONCURRENCY: 1 });
  const response = await post(fetch, fake, { stream: true });
  await assert.rejects(response.text(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.requestId, fake.requests[0]?.requestId);
    return apiError(504, "timeout", /OPENAI_TIMEOUT_S/)(error);
  });
  await silent.gone;
  await (await post(fetch, fake)).body?.cancel();
});

Deno.test("upstream.fetch() keeps its deadline in the middle of a JSON answer", async () => {
  await using fake = startResponsesServer();
  const silent = hang(text("a"), 1);
  fake.enqueue(silent);
  await assert.rejects(
    post(upstream({ OPENAI_TIMEOUT_S: 0.5 }), fake),
    apiError(504, "timeout", /OPENAI_TIMEOUT_S/),
  );
  await silent.gone;
});

Deno.test("upstream.fetch() says that an answer broke off", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(cut(text(["a", "b"]), 5), cut(text("a"), 1));
  const response = await post(upstream(), fake, { stream: true });
  await assert.rejects(response.text(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.requestId, fake.requests[0]?.requestId);
    return apiError(502, "connection_broken", /broke in the middle/)(error);
  });
  await assert.rejects(
    post(upstream(), fake),
    apiError(502, "connection_broken", /broke in the middle/),
  );
  assert.equal(fake.requests.length, 2);
});

Deno.test("upstream.fetch() passes every byte of a stream on", async () => {
  await using fake = startResponsesServer();
  const chunks = [1, 100, 8191, 8192, 8193, 50_000].map((length) => "aé漢😀".repeat(length));
  fake.enqueue(text(chunks));
  const body = await (await post(upstream(), fake, { stream: true })).text();
  const deltas = body.split("\n").filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice("data: ".length)))
    .filter((event) => event.type === "response.output_text.delta")
    .map((event) => event.delta);
  assert.deepEqual(deltas, chunks);
});

Deno.test("upstream.fetch() has no more under way than OPENAI_MAX_CONCURRENCY, in order", async () => {
  await using fake = startResponsesServer();
  const gates = Array.from({ length: 5 }, gate);
  fake.enqueue(...gates.map((gate) => text(["a", gate, "b"])));
  const fetch = upstream({ OPENAI_MAX_CONCURRENCY: 2 });
  const order: number[] = [];
  const all = gates.map(async (_, index) => {
    await (await post(fetch, fake, { stream: true })).text();
    order.push(index);
  });
  for (const [index, gate] of gates.entries()) {
    await gate.reached;
    await fake.received(Math.min(index + 2, gates.length));
    assert.ok(fake.requests.length <= index + 2, "the others wait in line");
    gate.open();
    await all[index];
  }
  assert.equal(fake.peak, 2);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
});

Deno.test("upstream.fetch() frees the place of an answer that is cancelled", async () => {
  await using fake = startResponsesServer();
  const silent = hang(text("a"), 2);
  fake.enqueue(silent);
  const fetch = upstream({ OPENAI_MAX_CONCURRENCY: 1 });
  const response = await post(fetch, fake, { stream: true });
  const next = post(fetch, fake);
  await response.body?.cancel();
  await silent.gone;
  assert.equal((await next).status, 200);
});

Deno.test("upstream.fetch() frees the place while it waits for a retry", async () => {
  await using fake = startResponsesServer();
  fake.enqueue(status(429, { headers: { "retry-after": "10" } }));
  const fetch = upstream({ OPENAI_MAX_CONCURRENCY: 1 });
  const stop = new AbortController();
  const waiting = post(fetch, fake, { signal: stop.signal });
  await fake.received(1);
  assert.equal((await post(fetch, fake)).status, 200);
  stop.abort(new Error("Enough."));
  await assert.rejects(waiting, /Enough/);
});

Deno.test("upstream.fetch() stops at once when its caller aborts", async () => {
  await using fake = startResponsesServer();
  const fetch = upstream({ OPENAI_MAX_CONCURRENCY: 1 });
  const reason = new Error("Enough.");

  const early = AbortSignal.abort(reason);
  await assert.rejects(post(fetch, fake, { signal: early }), reason);

  const silent = hang(text(["a", "b"]), 5);
  fake.enqueue(silent, neverAnswer());
  const streaming = new AbortController();
  const response = await post(fetch, fake, { stream: true, signal: streaming.signal });
  const reader = await readUntil(response, "response.output_text.delta");

  const inLine = new AbortController();
  const waiting = post(fetch, fake, { signal: inLine.signal });
  inLine.abort(reason);
  await assert.rejects(waiting, reason);

  streaming.abort(reason);
  await assert.rejects(reader.read(), reason);
  await silent.gone;

  const unanswered = new AbortController();
  const pending = post(fetch, fake, { signal: unanswered.signal });
  await fake.received(2);
  unanswered.abort(reason);
  await assert.rejects(pending, reason);
  await (await post(fetch, fake)).body?.cancel();
});

Deno.test("upstream.fetch() says when the line was too long", async () => {
  await using fake = startResponsesServer();
  const blocked = gate();
  fake.enqueue(held(blocked, text("a")));
  const slow = createUpstream(defaults({ OPENAI_TIMEOUT_S: 0.2, OPENAI_MAX_CONCURRENCY: 1 }));
  const [first, second] = await Promise.allSettled([
    post(slow.fetch, fake),
    post(slow.fetch, fake),
  ]);
  assert.ok(first.status === "rejected" && second.status === "rejected");
  apiError(504, "timeout", /did not finish/)(first.reason);
  apiError(504, "timeout", /in line: OPENAI_MAX_CONCURRENCY lets 1 through/)(second.reason);
});

Deno.test("upstream.fetch() does not follow a redirect", async () => {
  await using fake = startResponsesServer();
  await using other = startResponsesServer();
  const location = `${other.url}/responses?token=${KEY}`;
  for (const code of [301, 302, 307, 308]) {
    fake.enqueue(status(code, { headers: { location }, body: "" }));
    await assert.rejects(post(upstream(), fake), (error) => {
      assert.ok(!String(error).includes(KEY));
      assert.ok(String(error).includes(`${other.url}/responses`));
      return apiError(502, "upstream_redirect", /OPENAI_BASE_URL/)(error);
    });
  }
  assert.equal(other.requests.length, 0);
});

Deno.test("upstream.fetch() takes the key out of an error that repeats it", async () => {
  await using fake = startResponsesServer();
  const error = { message: `Incorrect API key provided: ${KEY}.`, code: "invalid_api_key" };
  fake.enqueue(status(401, { body: { error } }));
  const response = await post(upstream(), fake);
  assert.equal((await response.json()).error.message, "Incorrect API key provided: [key].");
});

Deno.test("upstream.fetch() takes the key out of headers that repeat it", async () => {
  await using fake = startResponsesServer();
  const headers = { "openai-model": KEY, "x-other": "kept" };
  fake.enqueue(status(200, { headers, body: "Said." }), status(400, { headers, body: "Refused." }));
  for (const words of ["Said.", "Refused."]) {
    const response = await post(upstream(), fake);
    assert.equal(response.headers.get("openai-model"), "[key]");
    assert.equal(response.headers.get("x-other"), "kept");
    assert.equal(await response.text(), words);
  }
});

Deno.test("upstream.fetch() reads no more of an endless refusal than its beginning", async () => {
  const cancelled = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    const chunk = new Uint8Array(10_000).fill(120);
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => cancelled.resolve(),
    });
    return new Response(body, { status: 400 });
  });
  const response = await upstream()(`http://127.0.0.1:${server.addr.port}/`);
  const { length } = await response.text();
  assert.ok(length >= 2 ** 16 && length < 2 ** 18, String(length));
  await cancelled.promise;
  await server.shutdown();
});

Deno.test("upstream.close() breaks off what is under way", async () => {
  await using fake = startResponsesServer();
  const silent = hang(text("a"), 2);
  fake.enqueue(silent);
  const { fetch, close } = createUpstream(defaults({}));
  const response = await post(fetch, fake, { stream: true });
  close();
  await assert.rejects(response.text(), /shutting down/);
  await silent.gone;
});
