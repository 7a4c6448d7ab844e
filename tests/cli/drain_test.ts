import assert from "node:assert/strict";
import { drain } from "../../src/cli/serve/_http.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { offline, refused, startHttp, StdioProcess, tempFolder } from "../kit/process.ts";
import { gate, startResponsesServer, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

const MODERN_HEADERS = {
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": "2026-07-28",
  "mcp-method": "tools/call",
  "mcp-name": "ask_openai",
};

const MODERN_META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

Deno.test(
  "over HTTP, calls in progress finish after SIGTERM, and new ones are refused",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using server = await startHttp(upstreamSettings(folder, upstream));
    const gates = [gate(), gate(), gate()];
    upstream.enqueue(...gates.map((middle) => text(["One, ", middle, "two."])));

    const call = toolCall("ask_openai", { query: "Count." });
    const session = { "mcp-session-id": await openSession(server.url) };
    const modern = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "ask_openai", arguments: { query: "Count." }, _meta: MODERN_META },
    };
    const answers = await Promise.all([
      post(server.url, call),
      post(server.url, call, { headers: session }),
      post(server.url, modern, { headers: MODERN_HEADERS }),
    ]);
    for (const { reached } of gates) await reached;

    server.child.kill("SIGTERM");
    await refused(server.url);
    for (const { open } of gates) open();
    for (const answer of answers) assert.match(await answer.text(), /"text":"One, two\."/);
    assert.equal((await server.child.status).code, 0);
    assert.match(
      await server.stderr,
      /^assistants-mcp: listening on \S+ and \/sse, with OpenAI's API at \/v1\n$/,
    );
  },
);

Deno.test("over HTTP, an idle event stream does not delay the shutdown", options, async () => {
  await using folder = await tempFolder();
  await using server = await startHttp(offline(folder));
  const headers = {
    accept: "text/event-stream",
    "mcp-session-id": await openSession(server.url),
  };
  const stream = await fetch(server.url, { headers });
  assert.equal(stream.status, 200);
  const startedAt = performance.now();
  server.child.kill("SIGINT");
  await stream.text();
  assert.equal((await server.child.status).code, 0);
  assert.ok(performance.now() - startedAt < 5000);
});

Deno.test("over HTTP, a second signal ends the server immediately", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using server = await startHttp(upstreamSettings(folder, upstream));
  const middle = gate();
  upstream.enqueue(text(["One, ", middle, "two."]));
  const answer = await post(server.url, toolCall("ask_openai", { query: "Count." }));
  await middle.reached;
  server.child.kill("SIGTERM");
  await refused(server.url);
  server.child.kill("SIGTERM");
  const { code, signal } = await server.child.status;
  assert.deepEqual([code, signal], [130, null]);
  await assert.rejects(answer.text());
});

Deno.test("drain() aborts a call that takes too long", options, async () => {
  await using server = serveHttp();
  const script = text(["One, ", gate(), "two."]);
  server.upstream.enqueue(script);
  const answer = await post(server.url, toolCall("ask_openai", { query: "Count." }));
  await server.upstream.received(1);
  const { mcp, service: { calls }, backend } = server;
  await drain({ server, mcp, calls, backend }, 50);
  await script.gone;
  await answer.body?.cancel();
  await refused(server.url);
});

Deno.test(
  "over stdio, a signal aborts a call in progress and ends the server",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const script = text(["One, ", gate(), "two."]);
    upstream.enqueue(script);
    const server = new StdioProcess(upstreamSettings(folder, upstream));
    await server.initialize();
    await server.send(toolCall("ask_openai", { query: "Count." }));
    await upstream.received(1);
    server.child.kill("SIGINT");
    const { code, rest } = await server.ended();
    assert.equal(code, 0);
    assert.deepEqual(rest, []);
  },
);
