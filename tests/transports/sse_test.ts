import assert from "node:assert/strict";
import {
  initialize,
  openSession,
  post,
  serveHttp,
  type TestServer,
  toolCall,
} from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";
import { gate, text } from "../fakes/responses_server.ts";
import { openSse, postInTwo, sendInTwo } from "./_sse_client.ts";

const options = { timeout: 20_000 };

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const OWN = { tenant: "default", apiKey: "sk-test-0123456789" };

async function refusal(response: Response): Promise<[status: number, code: number]> {
  const { jsonrpc, error } = await response.json();
  assert.equal(jsonrpc, "2.0");
  return [response.status, error.code];
}

/** Opens a stream as soon as there is room for one. */
async function openWhenRoom(server: TestServer): Promise<Response> {
  for (;;) {
    const response = await fetch(`${server.origin}/sse`);
    if (response.status === 200) return response;
    assert.deepEqual(await refusal(response), [503, -32000]);
  }
}

Deno.test("a stream says where to POST, and the answers come over it", options, async () => {
  await using server = serveHttp();
  using stream = await openSse(server.origin);
  assert.match(stream.endpoint, /\/messages\?sessionId=[\w-]{36}$/);
  const taken = await post(stream.endpoint, PING);
  assert.deepEqual([taken.status, await taken.text()], [202, "Accepted"]);
  await stream.readUntil('event: message\ndata: {"result":{},"jsonrpc":"2.0","id":1}\n\n');
  await sendInTwo(stream.endpoint, toolCall("create_thread", {}, 2));
  assert.match(await stream.readUntil('"id":2'), /"structuredContent":{"id":"thread_/);
});

Deno.test(
  "a stream opened with a key in its address has POSTs with the key in theirs",
  options,
  async () => {
    await using server = serveHttp();
    const response = await server.mcp.openSse(new Request(`${server.origin}/sse/sk-key`), OWN);
    const reader = response.body?.getReader();
    const { value } = await reader?.read() ?? {};
    assert.match(
      new TextDecoder().decode(value),
      /^event: endpoint\ndata: \/messages\/sk-key\?sess/,
    );
    await reader?.cancel();
  },
);

Deno.test("the stream of somebody else answers like one that does not exist", options, async () => {
  await using server = serveHttp();
  using stream = await openSse(server.origin);
  async function ask(url: string, tenant: string): Promise<[number, string]> {
    const request = new Request(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(PING),
    });
    const response = await server.mcp.postSse(request, { ...OWN, tenant });
    return [response.status, await response.text()];
  }
  const unknown = `${server.origin}/messages?sessionId=${crypto.randomUUID()}`;
  const missing = await ask(unknown, "default");
  assert.equal(missing[0], 404);
  assert.match(missing[1], /Session not found/);
  assert.deepEqual(await ask(stream.endpoint, "stranger"), missing);
  assert.deepEqual(await ask(`${server.origin}/messages`, "default"), missing);
  assert.equal((await ask(stream.endpoint, "default"))[0], 202);
});

Deno.test(
  "sessions and streams share one limit, and a stream that ended takes no room",
  options,
  async () => {
    await using server = serveHttp({ maxSessions: 1 });
    const first = await openWhenRoom(server);
    assert.deepEqual(await refusal(await initialize(server.url)), [503, -32000]);
    const refused = await fetch(`${server.origin}/sse`);
    assert.equal(refused.headers.get("retry-after"), "60");
    assert.deepEqual(await refusal(refused), [503, -32000]);
    await first.body?.cancel();

    for (let time = 0; time < 20; time++) await (await openWhenRoom(server)).body?.cancel();
    await (await openWhenRoom(server)).body?.cancel();
    let session = await initialize(server.url);
    while (session.status === 503) {
      await session.body?.cancel();
      session = await initialize(server.url);
    }
    await session.body?.cancel();
    assert.deepEqual(await refusal(await fetch(`${server.origin}/sse`)), [503, -32000]);
  },
);

Deno.test(
  "a stream is counted among the sessions, for as long as it is open",
  options,
  async () => {
    await using server = serveHttp();
    async function sessions(): Promise<number> {
      const metrics = await (await fetch(`${server.origin}/metrics`)).text();
      return Number(/^assistants_mcp_sessions_open (\d+)$/m.exec(metrics)?.[1]);
    }
    const before = await sessions();
    {
      using _stream = await openSse(server.origin);
      assert.equal(await sessions(), before + 1);
    }
    while (await sessions() > before);
  },
);

Deno.test("the end of the server ends every stream", options, async () => {
  await using server = serveHttp();
  const streams = await Promise.all(
    Array.from({ length: 10 }, () => fetch(`${server.origin}/sse`)),
  );
  await server.mcp.close();
  for (const stream of streams) assert.match(await stream.text(), /^event: endpoint\n/);
});

Deno.test("a comment goes over a stream on which nothing happens", options, async () => {
  await using server = serveHttp({ keepAliveMs: 5 });
  using stream = await openSse(server.origin);
  await stream.readUntil(": keep-alive\n\n");
});

Deno.test("what is no message is refused on /messages", options, async () => {
  await using server = serveHttp({ maxBodyBytes: 1000 });
  using stream = await openSse(server.origin);
  const bodies: [string, number, number][] = [
    ["this is not JSON", 400, -32700],
    ["", 400, -32700],
    [JSON.stringify([PING]), 400, -32600],
    ["null", 400, -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', 400, -32600],
    [`"${"x".repeat(999)}"`, 413, -32000],
  ];
  for (const [body, status, code] of bodies) {
    assert.deepEqual(await refusal(await post(stream.endpoint, body)), [status, code], body);
  }
  const plain = await post(stream.endpoint, PING, { headers: { "content-type": "text/plain" } });
  assert.deepEqual(await refusal(plain), [415, -32000]);
  for (const [method, path] of [["POST", "/sse"], ["GET", "/messages"], ["DELETE", "/sse"]]) {
    const response = await fetch(`${server.origin}${path}`, { method });
    assert.equal(response.status, 405, `${method} ${path}`);
    assert.equal((await response.json()).error.code, "method_not_allowed");
  }
});

Deno.test("a client that closes its stream stops its calls", options, async () => {
  await using server = serveHttp();
  for (let time = 0; time < 5; time++) {
    const middle = gate();
    const script = text(["One, ", middle, "two."]);
    server.upstream.enqueue(script);
    {
      using stream = await openSse(server.origin);
      await sendInTwo(stream.endpoint, toolCall("ask_openai", { query: "Count." }));
      await middle.reached;
    }
    await script.gone;
  }
});

Deno.test("a cancellation that comes in two segments stops its call", options, async () => {
  await using server = serveHttp();
  using stream = await openSse(server.origin);
  for (let id = 1; id <= 5; id++) {
    const middle = gate();
    const script = text(["One, ", middle, "two."]);
    server.upstream.enqueue(script);
    await sendInTwo(stream.endpoint, toolCall("ask_openai", { query: "Count." }, id));
    await middle.reached;
    await sendInTwo(stream.endpoint, {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: id },
    });
    await script.gone;
  }
  await sendInTwo(stream.endpoint, { ...PING, id: "after" });
  await stream.readUntil('"id":"after"}');
});

Deno.test(
  "a POST that is answered before its client could read the answer is still a call",
  options,
  async () => {
    await using server = serveHttp();
    using stream = await openSse(server.origin);
    const middle = gate();
    server.upstream.enqueue(text(["One, ", middle, "two."]));
    {
      using _request = await postInTwo(
        stream.endpoint,
        toolCall("ask_openai", { query: "Count." }),
      );
      await middle.reached;
    }
    middle.open();
    await stream.readUntil("One, two.");
  },
);

Deno.test("a client that goes in the middle of its body harms nobody", options, async () => {
  await using server = serveHttp();
  using stream = await openSse(server.origin);
  {
    using request = await openRaw(stream.endpoint);
    await request.send(requestHead("POST", stream.endpoint, {
      "content-type": "application/json",
      "content-length": 1000,
      expect: "100-continue",
    }));
    await request.readUntil("100 Continue\r\n\r\n");
    await request.send('{"jsonrpc":"2.0"');
  }
  await sendInTwo(stream.endpoint, PING);
  await stream.readUntil('"id":1}');
});

Deno.test(
  "an HTTP+SSE session knows no session of /mcp, nor the other way round",
  options,
  async () => {
    await using server = serveHttp();
    using stream = await openSse(server.origin);
    const streamId = new URL(stream.endpoint).searchParams.get("sessionId") ?? "";
    const crossed = await post(server.url, PING, { headers: { "mcp-session-id": streamId } });
    assert.deepEqual(await refusal(crossed), [404, -32001]);
    const sessionId = await openSession(server.url);
    const other = await post(`${server.origin}/messages?sessionId=${sessionId}`, PING);
    assert.deepEqual(await refusal(other), [404, -32001]);
  },
);
