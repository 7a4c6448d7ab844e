import assert from "node:assert/strict";
import { createRateLimit } from "../../src/http/mod.ts";
import { ManualClock } from "../kit/engine.ts";
import { openSession, post, serveHttp, type TestServer, toolCall } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";
import { gate, held, text } from "../fakes/responses_server.ts";

const ADA = { "x-openai-api-key": "sk-ada-0123456789abcdef" };
const BEN = { "x-openai-api-key": "sk-ben-0123456789abcdef" };
const CLIENT = { name: "test", version: "1.0.0" };
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

// deno-lint-ignore no-explicit-any -- tests look into answers of every shape
type Json = any;

async function ask(
  server: TestServer,
  headers: Record<string, string>,
  query = "Hi",
): Promise<[status: number, body: Json]> {
  const url = `${server.origin}/mcp/call?tool_name=ask_openai`;
  const response = await post(url, { query }, { headers });
  return [response.status, await response.json()];
}

Deno.test("createRateLimit() lets a minute's worth through at once, and then as much as it says", async () => {
  let now = 0;
  const limit = createRateLimit(60, { now: () => now, after: () => () => {} });
  for (let count = 0; count < 60; count++) assert.equal(limit("a"), undefined);
  const refusal = limit("a");
  assert.equal(refusal?.status, 429);
  assert.equal(refusal.headers.get("retry-after"), "1");
  assert.match(
    (await refusal.json()).error.message,
    /60 requests per minute \(RATE_LIMIT_PER_MIN\)/,
  );
  assert.equal(limit("b"), undefined);
  now = 999;
  assert.equal(limit("a")?.status, 429);
  now = 1000;
  assert.equal(limit("a"), undefined);
  assert.equal(limit("a")?.status, 429);
  now = 0;
  assert.equal(limit("a")?.status, 429);
});

Deno.test("a tenant that sends too much is told when to come back, on every route, and no other is", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false }, ratePerMinute: 3 });
  for (let count = 0; count < 3; count++) {
    const response = await post(server.url, PING, { headers: ADA });
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }
  for (const path of ["/mcp", "/sse", "/mcp/tools", "/assistant/chat", "/no/such/page"]) {
    const response = await post(server.origin + path, PING, { headers: ADA });
    assert.equal(response.status, 429, path);
    assert.equal(response.headers.get("retry-after"), "20");
    assert.equal((await response.json()).error.code, "rate_limit_exceeded");
  }
  for (const path of ["/health", "/ready"]) {
    const response = await fetch(server.origin + path, { headers: ADA });
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }
  const other = await post(server.url, PING, { headers: BEN });
  assert.equal(other.status, 200);
  await other.body?.cancel();
});

Deno.test("calls under way are limited for each tenant and for all", async () => {
  await using server = serveHttp({
    passthrough: { inUrl: false },
    callLimits: { maxCalls: 2, maxCallsPerTenant: 1 },
  });
  const gates = [gate(), gate()];
  server.upstream.enqueue(...gates.map((middle) => held(middle, text("Done."))));
  const ada = ask(server, ADA);
  await gates[0]?.reached;
  const [busy, refusal] = await ask(server, ADA);
  assert.deepEqual([busy, refusal.error.code], [429, "too_many_calls"]);
  assert.match(refusal.error.message, /MAX_CALLS_PER_TENANT/);

  const ben = ask(server, BEN);
  await gates[1]?.reached;
  const cam = { "x-openai-api-key": "sk-cam-0123456789abcdef" };
  const [full, { error }] = await ask(server, cam);
  assert.deepEqual([full, error.code], [503, "too_many_calls"]);
  // Over MCP it is an error that the model sees.
  const answer = await (await post(server.url, toolCall("list_threads"), { headers: cam })).json();
  assert.match(answer.result.content[0].text, /MAX_CALLS.*\nTry again in 1 s\./);

  for (const { open } of gates) open();
  for (const [status] of await Promise.all([ada, ben])) assert.equal(status, 200);
  assert.equal((await ask(server, ADA))[0], 200);
});

Deno.test("tokens of questions and runs count, and are refused when those of the day are used up", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false }, tokensPerDay: 30 });
  const chat = `${server.origin}/assistant/chat`;
  server.upstream.enqueue(text("One.", { usage: { input: 10, output: 5 } }));
  assert.equal((await ask(server, ADA))[0], 200);
  server.upstream.enqueue(text("Two.", { usage: { input: 10, output: 5 } }));
  const run = await post(chat, { message: "Hi" }, { headers: ADA });
  assert.equal((await run.json()).response, "Two.");

  const asked = server.upstream.requests.length;
  const [status, { error }] = await ask(server, ADA);
  assert.deepEqual([status, error.code], [429, "tokens_per_day_exceeded"]);
  assert.match(error.message, /30 tokens of today .*TOKENS_PER_DAY/);
  const refused = await post(chat, { message: "Hi" }, { headers: ADA });
  assert.equal(refused.status, 429);
  const waitS = Number(refused.headers.get("retry-after"));
  assert.ok(waitS > 0 && waitS <= 24 * 3600, String(waitS));
  await refused.body?.cancel();
  assert.equal(server.upstream.requests.length, asked);

  const list = await post(`${server.origin}/mcp/call?tool_name=list_threads`, {}, { headers: ADA });
  assert.equal((await list.json()).structuredContent.data.length, 1);
  assert.equal((await ask(server, BEN))[0], 200);
});

Deno.test("a tenant with many questions waiting is passed by another's one", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false }, concurrency: 1 });
  // Both keys have been asked about before anything waits.
  for (const headers of [ADA, BEN]) await ask(server, headers);
  const before = server.upstream.requests.length;
  const first = gate();
  server.upstream.enqueue(held(first, text("First.")));
  const many = [ask(server, ADA, "ada 0")];
  await first.reached;
  for (let index = 1; index <= 50; index++) many.push(ask(server, ADA, `ada ${index}`));
  // A request that is answered has come after those.
  await (await fetch(`${server.origin}/health`)).body?.cancel();
  const one = ask(server, BEN, "ben");
  await (await fetch(`${server.origin}/health`)).body?.cancel();
  first.open();
  await Promise.all([one, ...many]);
  const order = server.upstream.requests.slice(before).map(({ body }) => String(body?.input));
  assert.ok(order.indexOf("ben") <= 3, order.slice(0, 10).join());
});

Deno.test("a client that sends half a body is told so after its time, on every route", async () => {
  await using server = serveHttp({ bodyTimeoutMs: 50 });
  const stream = await fetch(`${server.origin}/sse`);
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  const messages = /data: (\S+)/.exec((await reader?.read())?.value ?? "")?.[1];
  const paths = ["/mcp", `${messages}`, "/assistant/chat", "/mcp/call?tool_name=create_thread"];
  for (const path of paths) {
    for (
      const [length, half] of [
        [{ "content-length": 20 }, '{"half":'],
        [{ "transfer-encoding": "chunked" }, '8\r\n{"half":\r\n'],
      ] as const
    ) {
      using request = await openRaw(server.origin);
      const headers = { "content-type": "application/json", ...length };
      await request.send(requestHead("POST", server.origin + path, headers) + half);
      const answer = await request.readUntil("BODY_TIMEOUT_S");
      assert.match(answer, /^HTTP\/1\.1 408 [^]*The body did not arrive within 0\.05 s/, path);
      assert.match(
        answer,
        path.includes("tool") || path.includes("chat") ? /"code":"body_too_slow"/ : /"code":-32000/,
      );
    }
  }
  await reader?.cancel();
});

Deno.test("sessions that are asked for at once are no more than may be", async () => {
  await using server = serveHttp({ maxSessions: 3 });
  // In one turn, which requests over sockets hardly ever are.
  const answers = await Promise.all(Array.from({ length: 12 }, () => {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: CLIENT };
    const request = new Request(server.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params }),
    });
    return server.mcp.fetch(request, { tenant: "default" });
  }));
  for (const { body } of answers) await body?.cancel();
  const opened = answers.filter(({ status }) => status === 200);
  assert.equal(opened.length, 3);
  assert.ok(answers.every(({ status }) => status === 200 || status === 503));
});

Deno.test("streams end that are open when their caller's key is revoked, and no others", {
  timeout: 20_000,
}, async () => {
  const clock = new ManualClock();
  const revoked = new Set<string>();
  await using server = serveHttp({
    passthrough: { inUrl: false },
    keepAliveMs: 5,
    clock,
    acceptsKey: (key) => !revoked.has(key),
  });
  async function streamsOf(key: Record<string, string>): Promise<ReadableStream<Uint8Array>[]> {
    const headers = { ...key, accept: "text/event-stream" };
    const session = { ...headers, "mcp-session-id": await openSession(server.url, key) };
    const answers = [
      await fetch(`${server.origin}/sse`, { headers }),
      await fetch(server.url, { headers: session }),
    ];
    return answers.map(({ status, body }) => {
      assert.equal(status, 200);
      return body ?? assert.fail("no body");
    });
  }
  const ada = await streamsOf(ADA);
  const ben = await streamsOf(BEN);
  const ended = ada.map((stream) => new Response(stream).text().catch(() => ""));
  revoked.add(ADA["x-openai-api-key"]);
  clock.advance(5 * 60_000);
  await Promise.all(ended);
  // What is open still says that it is there.
  for (const stream of ben.slice(0, 1)) {
    const reader = stream.getReader();
    for (let count = 0; count < 5; count++) assert.equal((await reader.read()).done, false);
    await reader.cancel();
  }
  await ben[1]?.cancel();
});
