import assert from "node:assert/strict";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list" };

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** The headers of a 2026-07-28 request. */
function modern(method: string, name?: string): Record<string, string> {
  return {
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(name !== undefined && { "mcp-name": name }),
  };
}

async function refusal(response: Response): Promise<[status: number, code: number]> {
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  const { jsonrpc, error } = await response.json();
  assert.equal(jsonrpc, "2.0");
  assert.equal(typeof error.message, "string");
  return [response.status, error.code];
}

Deno.test("a POST as curl sends it is answered with JSON, with no handshake", async () => {
  await using server = serveHttp();
  async function ask(message: object) {
    const response = await post(server.url, message);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(response.headers.get("mcp-session-id"), null);
    return await response.json();
  }

  const { result: { tools } } = await ask(LIST);
  assert.ok(tools.some(({ name }: { name: string }) => name === "ask_assistant"));
  const { result: created } = await ask(toolCall("create_thread"));
  assert.match(created.structuredContent.id, /^thread_/);
  const { result: answer } = await ask(toolCall("ask_openai", { query: "Good morning" }));
  assert.equal(answer.structuredContent.text, 'You said: "Good morning".');
  const { result: wrong } = await ask(toolCall("get_thread", { thread_id: 5 }));
  assert.match(wrong.content[0].text, /'thread_id': expected a string, got 5/);
  assert.deepEqual(await ask(PING), { jsonrpc: "2.0", id: 1, result: {} });

  const names: [object, number][] = [
    [toolCall("no_such_tool"), -32602],
    [{ ...PING, method: "no/such/method" }, -32601],
    [{ ...PING, method: "tools/call", params: { name: 5 } }, -32602],
  ];
  for (const [message, code] of names) {
    const { id, error } = await ask(message);
    assert.deepEqual([id, error.code], [1, code]);
  }
});

Deno.test("a POST with no Accept, or with a charset, is answered with JSON", async () => {
  await using server = serveHttp();
  const charset = await post(server.url, PING, {
    headers: { "content-type": "application/json; charset=utf-8" },
  });
  assert.deepEqual((await charset.json()).result, {});

  const body = JSON.stringify(LIST);
  const head = { "content-type": "application/json", "content-length": body.length };
  using request = await openRaw(server.url);
  await request.send(requestHead("POST", server.url, head) + body);
  const answer = await request.readUntil('"name":"ask_assistant"');
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /content-type: application\/json/);
});

Deno.test("clients that choose the same id get each their own answer", async () => {
  await using server = serveHttp();
  const session = { "mcp-session-id": await openSession(server.url) };
  const numbers = Array.from({ length: 50 }, (_, index) => index);
  const names = await Promise.all(numbers.map(async (number) => {
    const name = `Thread ${number}`;
    const call = toolCall("create_thread", { metadata: { name } }, 7);
    const headers = number % 2 === 0 ? session : {};
    const { id, result } = await (await post(server.url, call, { headers })).json();
    assert.equal(id, 7);
    return result.structuredContent.metadata.name;
  }));
  assert.deepEqual(names, numbers.map((number) => `Thread ${number}`));
  for (const id of ["a", "", 0, -1]) {
    const answer = await (await post(server.url, { ...PING, id })).json();
    assert.deepEqual(answer, { jsonrpc: "2.0", id, result: {} });
  }
});

Deno.test("a notification is taken and not answered", async () => {
  await using server = serveHttp();
  const notification = { jsonrpc: "2.0", method: "notifications/initialized" };
  const response = await post(server.url, notification);
  assert.deepEqual([response.status, await response.text()], [202, ""]);
});

Deno.test("what is no message is refused", async () => {
  await using server = serveHttp({ maxBodyBytes: 1000 });
  const bodies: [string, number, number][] = [
    ["this is not JSON", 400, -32700],
    ["", 400, -32700],
    ['{"jsonrpc":"2.0","id":1,"method":"tools/li', 400, -32700],
    [JSON.stringify([PING]), 400, -32600],
    ["[]", 400, -32600],
    ["5", 400, -32600],
    ["null", 400, -32600],
    ['{"id":1,"method":"ping"}', 400, -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', 400, -32600],
    [`"${"x".repeat(999)}"`, 413, -32000],
  ];
  for (const [body, status, code] of bodies) {
    assert.deepEqual(await refusal(await post(server.url, body)), [status, code], body);
  }
  const session = { "mcp-session-id": await openSession(server.url) };
  const batch = await post(server.url, [PING], { headers: session });
  assert.deepEqual(await refusal(batch), [400, -32600], "a batch in a session");
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
    const response = await post(server.url, PING, { headers: { "content-type": type } });
    assert.deepEqual(await refusal(response), [415, -32000], type);
  }
  const bytes = await fetch(server.url, { method: "POST", body: new Uint8Array([123, 125]) });
  assert.deepEqual(await refusal(bytes), [415, -32000]);
});

Deno.test("a body over the limit is refused although nothing says how long it is", async () => {
  await using server = serveHttp({ maxBodyBytes: 1000 });
  const head = { "content-type": "application/json", "transfer-encoding": "chunked" };
  using request = await openRaw(server.url);
  await request.send(requestHead("POST", server.url, head));
  await request.send(`64\r\n${"x".repeat(100)}\r\n`.repeat(11));
  const answer = await request.readUntil("MiB (MAX_BODY_MB)");
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.equal((await (await post(server.url, PING)).json()).id, 1);
});

Deno.test("only POST needs no session", async () => {
  await using server = serveHttp();
  for (const method of ["GET", "DELETE", "PUT", "PATCH"]) {
    const response = await fetch(server.url, { method });
    assert.equal(response.headers.get("allow"), "POST", method);
    assert.deepEqual(await refusal(response), [405, -32000], method);
  }
  const session = { "mcp-session-id": await openSession(server.url) };
  const response = await fetch(server.url, { method: "PUT", headers: session });
  assert.deepEqual(await refusal(response), [405, -32000]);
});

Deno.test("a 2026-07-28 request is served with no state", async () => {
  await using server = serveHttp();
  async function ask(method: string, params: object, name?: string) {
    const message = { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } };
    const response = await post(server.url, message, { headers: modern(method, name) });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("mcp-session-id"), null);
    return (await response.json()).result;
  }
  const discovered = await ask("server/discover", {});
  assert.deepEqual(discovered.supportedVersions, ["2026-07-28"]);
  const list = await ask("tools/list", {});
  assert.deepEqual([list.resultType, list.cacheScope], ["complete", "public"]);
  const created = await ask("tools/call", { name: "create_thread" }, "create_thread");
  assert.equal(created.resultType, "complete");
  assert.match(created.structuredContent.id, /^thread_/);
});

Deno.test("a 2026-07-28 request that contradicts itself is refused", async () => {
  await using server = serveHttp();
  const list = { ...LIST, params: { _meta: META } };
  const future = { ...META, "io.modelcontextprotocol/protocolVersion": "2030-01-01" };
  const cases: [object, Record<string, string>, number, number][] = [
    [list, modern("tools/call"), 400, -32020],
    [list, { ...modern("tools/list"), "mcp-protocol-version": "2025-11-25" }, 400, -32020],
    [LIST, modern("tools/list"), 400, -32602],
    [
      { ...LIST, params: { _meta: future } },
      { ...modern("tools/list"), "mcp-protocol-version": "2030-01-01" },
      400,
      -32022,
    ],
    [
      { ...PING, method: "no/such/method", params: { _meta: META } },
      modern("no/such/method"),
      404,
      -32601,
    ],
  ];
  for (const [message, headers, status, code] of cases) {
    const response = await post(server.url, message, { headers });
    assert.deepEqual(await refusal(response), [status, code], JSON.stringify([message, headers]));
  }
});
