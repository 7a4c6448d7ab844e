/** Every way of getting `/v1` wrong: OpenAI's shape, the right status, and word on whether to try again. */

import OpenAI, { APIError } from "openai";
import assert from "node:assert/strict";
import { serveHttp, type TestServer } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";
import { cut, gate, held, type Script, status, text } from "../fakes/responses_server.ts";

const JSON_TYPE = { "content-type": "application/json" };

interface Refusal {
  status: number;
  code: string | null;
  message: string;
  headers: Headers;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const { status, headers } = response;
  assert.equal(headers.get("content-type"), "application/json");
  assert.match(headers.get("x-request-id") ?? "", /^[\w.:-]{8,}$/);
  const { error, ...rest } = await response.json();
  assert.deepEqual(rest, {});
  assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
  assert.equal(typeof error.message, "string");
  assert.match(error.type, /^(invalid_request_error|server_error|rate_limit_error)$/);
  return { status, headers, code: error.code, message: error.message };
}

function send(
  { origin }: TestServer,
  method: string,
  path: string,
  { headers, body }: { headers?: Record<string, string>; body?: BodyInit } = {},
): Promise<Response> {
  return fetch(`${origin}/v1${path}`, { method, headers: headers ?? {}, body: body ?? null });
}

function ask(server: TestServer): Promise<Response> {
  const body = JSON.stringify({ model: "gpt-test", input: "Hi" });
  return send(server, "POST", "/responses", { headers: JSON_TYPE, body });
}

Deno.test("/v1 refuses in OpenAI's shape whatever is wrong with a request", async () => {
  await using server = serveHttp({ maxBodyBytes: 1000 });
  const invalid = new Uint8Array([0x22, 0xff, 0x22]);
  const large = JSON.stringify({ metadata: { a: "b".repeat(1000) } });
  const form = new FormData();
  form.set("metadata", "{}");
  const cases: [
    method: string,
    path: string,
    body: BodyInit | undefined,
    type: string,
    is: unknown,
  ][] = [
    ["GET", "/nothing", undefined, "", [404, "unknown_url"]],
    ["POST", "/chat/completions", "{}", "application/json", [404, "unknown_url"]],
    ["GET", "/files/a%2Fb", undefined, "", [400, "invalid_path"]],
    ["GET", "/threads/none", undefined, "", [400, "invalid_value"]],
    ["GET", "/threads/thread_none", undefined, "", [404, null]],
    ["GET", "/threads/thread_1/nothing", undefined, "", [404, null]],
    ["PUT", "/threads", "{}", "application/json", [405, "method_not_supported"]],
    ["PATCH", "/files/file-1", "{}", "application/json", [405, "method_not_supported"]],
    ["OPTIONS", "/models", undefined, "", [405, "method_not_supported"]],
    ["POST", "/threads", "{", "application/json", [400, null]],
    ["POST", "/threads", '{"massage": 1}', "application/json", [400, "unknown_parameter"]],
    ["POST", "/threads", invalid, "application/json", [400, "invalid_json"]],
    ["POST", "/responses", invalid, "application/json", [400, "invalid_json"]],
    ["POST", "/responses", "{}", "application/json", [400, "missing_required_parameter"]],
    ["POST", "/threads", "{}", "text/plain", [415, "unsupported_media_type"]],
    ["POST", "/threads", "{}", "", [415, "unsupported_media_type"]],
    ["POST", "/threads", form, "multipart", [415, "unsupported_media_type"]],
    ["POST", "/responses", "a=b", "application/x-www-form-urlencoded", [
      415,
      "unsupported_media_type",
    ]],
    ["POST", "/files", "x", "multipart/mixed; boundary=x", [415, "unsupported_media_type"]],
    ["POST", "/threads", large, "application/json", [413, "body_too_large"]],
    ["POST", "/responses", large, "application/json", [413, "body_too_large"]],
  ];
  for (const [method, path, body, type, expected] of cases) {
    // A text has a type of its own where it is given none.
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const headers = type === "" || type === "multipart" ? undefined : { "content-type": type };
    const refusal = await refusalOf(await send(server, method, path, { body: bytes, headers }));
    const name = `${method} ${path} ${type}`;
    assert.deepEqual([refusal.status, refusal.code], expected, name);
    if (refusal.status === 405) assert.match(refusal.headers.get("allow") ?? "", /^GET/, name);
  }
  assert.equal(server.upstream.requests.length, 1);
});

Deno.test("/v1 refuses a path that is not plain as it came, which no client's URL shows", async () => {
  await using server = serveHttp();
  for (
    const path of ["/v1/../metrics", "/v1/models/../../mcp", "/v1/./models", "/v1/files/%2e%2e"]
  ) {
    using request = await openRaw(server.origin);
    await request.send(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
    );
    const answer = await request.readAll();
    assert.match(answer, /^HTTP\/1\.1 400 /, path);
    assert.match(answer, /"code":"invalid_path"/, path);
  }
  assert.deepEqual(server.upstream.requests, []);
});

Deno.test("/v1: a body that does not come in time is a 408", async () => {
  await using server = serveHttp({ bodyTimeoutMs: 50 });
  using request = await openRaw(server.origin);
  const headers = { "content-type": "application/json", "content-length": 10, connection: "close" };
  await request.send(requestHead("POST", `${server.origin}/v1/threads`, headers) + '{"a"');
  const answer = await request.readUntil("body_too_slow");
  assert.match(answer, /^HTTP\/1\.1 408 /);
});

Deno.test("/v1 limits requests in a minute, and says when to come back", async () => {
  await using server = serveHttp({ ratePerMinute: 2 });
  for (let count = 0; count < 2; count++) {
    await (await send(server, "GET", "/assistants")).body?.cancel();
  }
  for (const path of ["/assistants", "/models", "/nothing"]) {
    const { status, code, headers } = await refusalOf(await send(server, "GET", path));
    assert.deepEqual([status, code], [429, "rate_limit_exceeded"]);
    assert.equal(headers.get("retry-after"), "30");
    // It is worth it.
    assert.equal(headers.get("x-should-retry"), null);
  }
});

Deno.test("/v1: a request is under way until its stream has ended", async () => {
  await using server = serveHttp({ callLimits: { maxCalls: 10, maxCallsPerTenant: 1 } });
  const middle = gate();
  server.upstream.enqueue(text(["One, ", middle, "two."]));
  const streamed = await send(server, "POST", "/responses", {
    headers: JSON_TYPE,
    body: JSON.stringify({ model: "gpt-test", input: "Hi", stream: true }),
  });
  await middle.reached;
  const busy = await refusalOf(await send(server, "GET", "/threads"));
  assert.deepEqual([busy.status, busy.code], [429, "too_many_calls"]);
  assert.equal(busy.headers.get("retry-after"), "1");
  middle.open();
  assert.match(await streamed.text(), /response\.completed/);
  await server.service.calls.whenIdle(5000);
  const free = await send(server, "GET", "/threads");
  assert.equal(free.status, 200);
  await free.body?.cancel();
});

Deno.test("/v1: when the day's tokens are used up nothing asks a model, and the SDK does not try again", async () => {
  await using server = serveHttp({ tokensPerDay: 20 });
  const openai = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: "any", maxRetries: 3 });
  server.upstream.enqueue(text("One.", { usage: { input: 15, output: 5 } }));
  const assistant = await openai.beta.assistants.create({ model: "gpt-test" });
  const thread = await openai.beta.threads.create({ messages: [{ role: "user", content: "Hi" }] });
  await openai.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });

  const { runs } = openai.beta.threads;
  const run = {
    assistant_id: assistant.id,
    include: ["step_details.tool_calls[*].file_search.results[*].content" as const],
  };
  const calls = [
    () => openai.responses.create({ model: "gpt-test", input: "Hi" }),
    () => openai.responses.compact({ model: "gpt-test", input: "Hi" }),
    () => runs.create(thread.id, run),
    () => openai.beta.threads.createAndRun({ assistant_id: assistant.id }),
  ];
  for (const call of calls) {
    const error = await call().then(() => assert.fail("it is not refused"), (error) => error);
    assert.ok(error instanceof APIError);
    assert.deepEqual([error.status, error.code], [429, "tokens_per_day_exceeded"]);
    assert.equal(error.headers?.get("x-should-retry"), "false");
  }
  assert.equal(server.upstream.requests.length, 1);
  assert.ok(await openai.models.list());
});

Deno.test("/v1 gives the model server's refusals in OpenAI's shape, with word on whether to try again", async () => {
  await using server = serveHttp();
  const error = { message: "No.", type: "tokens", param: "input", code: "rate_limit_exceeded" };
  const quota = { message: "No credit.", type: "insufficient_quota", code: "insufficient_quota" };
  const again = { "retry-after-ms": "20", "x-should-retry": "true" };
  const cases: [Script, is: [number, string | null, string], again: string | null][] = [
    [status(429, { body: { error } }), [429, "rate_limit_exceeded", "No."], null],
    [status(429, { body: { error: quota } }), [429, "insufficient_quota", "No credit."], "false"],
    [status(400, { headers: again, body: { error } }), [400, "rate_limit_exceeded", "No."], "true"],
    [status(404, { body: { detail: "Not Found" } }), [404, null, "Not Found"], "false"],
    [status(422, { body: { error: "a string" } }), [422, null, "a string"], "false"],
    [status(424, { body: { message: "words" } }), [424, null, "words"], "false"],
    [status(502, { body: "<html>Bad gateway</html>" }), [
      502,
      null,
      "The model server answered with status 502 and no reason.",
    ], null],
    [status(503, { body: "" }), [
      503,
      null,
      "The model server answered with status 503 and no reason.",
    ], null],
    [status(307, { headers: { location: "https://elsewhere.example/v1" } }), [
      502,
      "upstream_redirect",
      "The model server redirects to https://elsewhere.example/v1, which is not followed because " +
      "the key would go there too. Set OPENAI_BASE_URL to the final address.",
    ], "false"],
  ];
  for (const [script, expected, again] of cases) {
    server.upstream.enqueue(script);
    const response = await ask(server);
    const { headers, status } = response;
    const { error } = await response.json();
    assert.deepEqual([status, error.code, error.message], expected);
    assert.deepEqual(Object.keys(error).toSorted(), ["code", "message", "param", "type"]);
    assert.equal(headers.get("x-should-retry"), again, error.message);
    assert.equal(headers.get("x-request-id"), server.upstream.requests.at(-1)?.requestId);
  }
});

Deno.test("/v1 says no key that a model server repeats", async () => {
  await using server = serveHttp();
  for (
    const body of [
      { error: { message: "Bad key sk-live-0123456789" } },
      "Bad key sk-live-0123456789",
    ]
  ) {
    server.upstream.enqueue(status(400, { body }));
    assert.ok(!(await (await ask(server)).text()).includes("sk-live"));
  }
});

Deno.test("/v1 says no key that a model server repeats in its headers or in the middle of a stream", async () => {
  const key = "odd+key/0123456789";
  await using server = serveHttp({ passthrough: { inUrl: false } });
  const headers = { "x-request-id": `req-${key}`, "openai-model": key, "x-ratelimit-key": key };
  const event = `event: error\ndata: {"type":"error","message":"Not with ${key}."}\n\n`;
  const streamed = { ...headers, "content-type": "text/event-stream" };
  server.upstream.enqueue(
    status(200, { headers: streamed, body: event }),
    status(400, { headers, body: { error: { message: "No." } } }),
    status(302, {
      headers: { ...headers, location: `https://elsewhere.example/${key}` },
      body: "",
    }),
  );
  for (const expected of [200, 400, 502]) {
    const answer = await fetch(`${server.origin}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-openai-api-key": key },
      body: JSON.stringify({ model: "gpt-test", input: "Hi" }),
    });
    assert.equal(answer.status, expected);
    const all = JSON.stringify([...answer.headers]) + await answer.text();
    assert.ok(!all.includes(key) && all.includes("[key]"), all);
  }
});

Deno.test("/v1 tries again where that may help, but for an image, which may be paid", async () => {
  await using server = serveHttp({ retries: 2 });
  const passing = () => status(500, { headers: { "retry-after-ms": "1" }, body: "" });
  server.upstream.enqueue(passing(), passing());
  assert.match(await (await ask(server)).text(), /You said/);
  assert.equal(server.upstream.requests.length, 3);

  let asked = 0;
  await using failing = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response(null, { status: 500, headers: { "retry-after-ms": "1" } });
  });
  await using other = serveHttp({
    retries: 2,
    upstreamUrl: `http://127.0.0.1:${failing.addr.port}/v1`,
  });
  const body = JSON.stringify({ prompt: "A cat" });
  const image = await send(other, "POST", "/images/generations", { headers: JSON_TYPE, body });
  assert.equal((await refusalOf(image)).status, 500);
  assert.equal(asked, 1);
  await (await send(other, "GET", "/models")).body?.cancel();
  assert.equal(asked, 4);
});

Deno.test("/v1 says that the model server cannot be reached", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const upstreamUrl = `http://127.0.0.1:${(taken.addr as Deno.NetAddr).port}/v1`;
  taken.close();
  await using server = serveHttp({ upstreamUrl });
  const { status, code, message } = await refusalOf(await send(server, "GET", "/models"));
  assert.deepEqual([status, code], [502, "connection_error"]);
  assert.match(message, /Check OPENAI_BASE_URL/);
});

Deno.test("/v1 says that the database is gone, and that the server is on its way out", async () => {
  await using server = serveHttp();
  await server.store.close();
  const gone = await refusalOf(await send(server, "GET", "/threads"));
  assert.deepEqual([gone.status, gone.code], [503, "store_unreachable"]);
  assert.equal(gone.headers.get("retry-after"), "5");
  await server.engine.close();
  const leaving = await refusalOf(await send(server, "GET", "/threads"));
  assert.equal(leaving.status, 503);
  assert.match(leaving.message, /shutting down/);
});

Deno.test("/v1 waits in line like every other request", async () => {
  await using server = serveHttp({ concurrency: 1 });
  const first = gate();
  server.upstream.enqueue(held(first, text("First.")));
  const answers = [ask(server), ask(server)];
  await first.reached;
  assert.equal(server.upstream.requests.length, 1);
  first.open();
  for (const answer of await Promise.all(answers)) {
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }
  assert.equal(server.upstream.peak, 1);
});

Deno.test("/v1: a stream that the model server breaks off says so, as an event", async () => {
  await using server = serveHttp();
  const openai = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: "any" });
  for (const after of [1, 5]) {
    server.upstream.enqueue(cut(text(["a", "b"]), after));
    const seen: string[] = [];
    await assert.rejects(async () => {
      const request = { model: "gpt-test", input: "Hi", stream: true } as const;
      for await (const { type } of await openai.responses.create(request)) seen.push(type);
    }, (error) => {
      assert.ok(error instanceof APIError);
      assert.equal(error.code, "connection_broken");
      assert.match(error.message, /broke in the middle of its answer/);
      return true;
    });
    assert.equal(seen.length, after);
  }
});
