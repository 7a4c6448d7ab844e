/** Who is calling: a test for each line of the table, and for each way of getting it wrong. */

import assert from "node:assert/strict";
import { openSession, OWN_KEY, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";

const ADA = "sk-ada-0123456789abcdef";
const BEN = "sk-ben-0123456789abcdef";
const TOKEN = "0123456789abcdef-token";
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

/** Every kind of route that is not open to all. */
const ROUTES = [
  ["POST", "/mcp"],
  ["GET", "/mcp"],
  ["DELETE", "/mcp"],
  ["GET", "/sse"],
  ["POST", "/messages"],
  ["POST", "/assistant/chat"],
  ["POST", "/mcp/tools"],
  ["POST", "/mcp/call"],
  ["GET", "/mcp/call"],
  ["GET", "/v1/threads"],
  ["POST", "/v1/responses"],
  ["DELETE", "/v1/files/file-1"],
  ["GET", "/v1/../mcp"],
  ["GET", "/v1/nothing"],
  ["GET", "/no/such/page"],
] as const;

const OPEN_ROUTES = ["/health", "/ready", "/openapi.json", "/docs"];

function key(value: string): { headers: Record<string, string> } {
  return { headers: { "x-openai-api-key": value } };
}

async function refusal(response: Response): Promise<[status: number, code: string, text: string]> {
  const text = await response.text();
  const { error } = JSON.parse(text);
  assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
  return [response.status, error.code, error.message];
}

/** The id of a new thread. */
async function createThread(url: string, headers: Record<string, string>): Promise<string> {
  const answer = await post(url, toolCall("create_thread"), { headers });
  return (await answer.json()).result.structuredContent.id;
}

async function finds(url: string, threadId: string, headers: Record<string, string>) {
  const answer = await post(url, toolCall("get_thread", { thread_id: threadId }), { headers });
  return (await answer.json()).result.isError !== true;
}

Deno.test("own key, no token: callers show nothing, and share the server's key", async () => {
  await using server = serveHttp();
  const id = await createThread(server.url, {});
  assert.ok(await finds(server.url, id, { "x-openai-api-key": ADA }));
  await (await post(server.url, toolCall("list_models"))).text();
  assert.equal(server.upstream.requests[0]?.headers.authorization, `Bearer ${OWN_KEY}`);
});

Deno.test("own key with a token: every route asks for it, and nothing else will do", async () => {
  await using server = serveHttp({ token: TOKEN });
  const wrong: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${TOKEN.slice(0, -1)}` },
    { authorization: `Bearer ${TOKEN.slice(0, -1)}x` },
    { authorization: `Bearer ${OWN_KEY}` },
    { authorization: TOKEN },
    { "x-openai-api-key": ADA },
    { "x-openai-api-key": TOKEN },
  ];
  for (const [method, path] of ROUTES) {
    for (const headers of wrong) {
      const response = await fetch(server.origin + path, { method, headers });
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
      const [status, code, text] = await refusal(response);
      assert.deepEqual([status, code], [401, "invalid_token"], `${method} ${path}`);
      assert.match(text, /Authorization: Bearer/);
    }
  }
  const right = await post(server.url, PING, { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.equal(right.status, 200);
  await right.body?.cancel();
  assert.deepEqual(server.upstream.requests, []);
});

Deno.test("what anybody may see asks for nothing", async () => {
  for (const options of [{ token: TOKEN }, { passthrough: { inUrl: true } }]) {
    await using server = serveHttp(options);
    for (const path of OPEN_ROUTES) {
      const response = await fetch(server.origin + path);
      assert.equal(response.status, 200, path);
      await response.body?.cancel();
    }
  }
});

Deno.test("callers' keys: the header, else the bearer, else the address; the server's never", async () => {
  await using server = serveHttp({ passthrough: { inUrl: true } });
  const ways: [spent: string, url: string, headers: Record<string, string>][] = [
    [ADA, server.url, { "x-openai-api-key": ADA }],
    [ADA, server.url, { authorization: `Bearer ${ADA}` }],
    [ADA, server.url, { authorization: `bearer  ${ADA} ` }],
    [ADA, `${server.url}/${ADA}`, {}],
    [ADA, server.url, { "x-openai-api-key": ADA, authorization: `Bearer ${BEN}` }],
    [ADA, `${server.url}/${BEN}`, { authorization: `Bearer ${ADA}` }],
    [ADA, `${server.url}/${ADA}`, { authorization: "Bearer of-some-proxy" }],
    [ADA, server.url, { "x-openai-api-key": "", authorization: `Bearer ${ADA}` }],
    // Servers other than OpenAI's have keys of other looks.
    ["my-own-key", server.url, { "x-openai-api-key": "my-own-key" }],
  ];
  for (const [spent, url, headers] of ways) {
    const { result } = await (await post(url, toolCall("list_models"), { headers })).json();
    assert.equal(result.isError, undefined, url);
    const { authorization } = server.upstream.requests.at(-1)?.headers ?? {};
    assert.equal(authorization, `Bearer ${spent}`, JSON.stringify([url, headers]));
  }
  assert.ok(
    server.upstream.requests.every(({ headers }) => !headers.authorization?.includes(OWN_KEY)),
  );
});

Deno.test("callers' keys: without one every route refuses, and names the header", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false } });
  const wrong: Record<string, string>[] = [
    {},
    { authorization: "Bearer" },
    { authorization: `Bearer ${TOKEN}` },
    { authorization: `Basic ${ADA}` },
    { authorization: ADA },
    { "x-openai-api-key": "" },
    { "openai-api-key": ADA },
  ];
  for (const [method, path] of [...ROUTES, ["POST", `/mcp/${ADA}`], ["GET", `/sse/${ADA}`]]) {
    for (const headers of wrong) {
      const response = await fetch(server.origin + path, { method, headers });
      const [status, code, text] = await refusal(response);
      assert.deepEqual([status, code], [401, "missing_api_key"], `${method} ${path}`);
      assert.match(text, /X-OpenAI-API-Key/);
      assert.doesNotMatch(text, /\/mcp\/\{key\}/);
    }
  }
  assert.deepEqual(server.upstream.requests, []);
});

Deno.test("a key in the address counts only where that is allowed, and is not repeated", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false } });
  const response = await post(`${server.url}/${BEN}`, PING, key(ADA));
  const [status, code, text] = await refusal(response);
  assert.deepEqual([status, code], [404, "unknown_url"]);
  assert.ok(!text.includes(BEN), text);

  await using own = serveHttp();
  const [ownStatus, , ownText] = await refusal(await post(`${own.url}/${BEN}`, PING));
  assert.equal(ownStatus, 404);
  assert.ok(!ownText.includes(BEN), ownText);
});

Deno.test("what is no key is refused without asking the model server", async () => {
  await using server = serveHttp({ passthrough: { inUrl: true } });
  const keys = [`${ADA}%0a`, `${ADA}%0d%0aX-Evil:1`, "%00", "%7f", "sk-%c3%a9", "sk%20a"];
  for (const text of keys) {
    const [status, code] = await refusal(await post(`${server.url}/${text}`, PING));
    assert.deepEqual([status, code], [401, "invalid_api_key"], text);
  }
  for (const text of [`${ADA} ${BEN}`, `${ADA}, ${BEN}`, "x".repeat(1025), "sk-\u00e9"]) {
    const [status, code] = await refusal(await post(server.url, PING, key(text)));
    assert.deepEqual([status, code], [401, "invalid_api_key"], text);
  }
  assert.deepEqual(server.upstream.requests, []);
});

Deno.test("a header with a line break in it never becomes two", async () => {
  await using server = serveHttp({ passthrough: { inUrl: false } });
  using request = await openRaw(server.url);
  const value = `${ADA}\r\n x`;
  await request.send(
    requestHead("POST", server.url, { "x-openai-api-key": value, connection: "close" }),
  );
  assert.match(await request.readAll(), /^HTTP\/1\.1 (400|401) /);
  assert.deepEqual(server.upstream.requests, []);
});

Deno.test("static routes win over keys in the address", async () => {
  await using server = serveHttp({ passthrough: { inUrl: true } });
  for (const path of ["/mcp/tools", "/mcp/call"]) {
    for (const method of ["POST", "GET", "DELETE"]) {
      const [status, code] = await refusal(await fetch(server.origin + path, { method }));
      assert.deepEqual([status, code], [401, "missing_api_key"], `${method} ${path}`);
    }
  }
  const tools = await fetch(`${server.origin}/mcp/tools`, { method: "POST", ...key(ADA) });
  assert.ok((await tools.json()).tools.length > 20);
});

Deno.test("a key that the model server refuses opens nothing, in its own words", async () => {
  await using server = serveHttp({
    passthrough: { inUrl: true },
    acceptsKey: (shown) => shown === ADA,
  });
  for (const [method, path] of ROUTES) {
    const response = await fetch(server.origin + path, { method, ...key(BEN) });
    const [status, code, text] = await refusal(response);
    assert.deepEqual([status, code], [401, "invalid_api_key"], `${method} ${path}`);
    assert.match(text, /^Incorrect API key provided: \[key\]\. You can find/);
  }
  const byAddress = await post(`${server.url}/${BEN}`, PING);
  assert.deepEqual((await refusal(byAddress)).slice(0, 2), [401, "invalid_api_key"]);
  // All of these asked once.
  assert.deepEqual(server.upstream.requests.map(({ path }) => path), ["/models"]);
  const good = await post(server.url, PING, key(ADA));
  assert.equal(good.status, 200);
  await good.body?.cancel();
});

Deno.test("two callers see nothing of each other, and one caller is the same by any way", async () => {
  await using server = serveHttp({ passthrough: { inUrl: true } });
  const id = await createThread(server.url, { "x-openai-api-key": ADA });
  assert.ok(await finds(server.url, id, { authorization: `Bearer ${ADA}` }));
  assert.ok(await finds(`${server.url}/${ADA}`, id, {}));
  assert.ok(!await finds(server.url, id, { "x-openai-api-key": BEN }));

  const session = await openSession(server.url, { "x-openai-api-key": ADA });
  for (const method of ["POST", "GET", "DELETE"]) {
    for (const [shown, stranger] of [[BEN, session], [BEN, crypto.randomUUID()]] as const) {
      const response = await fetch(server.url, {
        method,
        headers: {
          "x-openai-api-key": shown,
          "mcp-session-id": stranger,
          accept: "application/json, text/event-stream",
          "content-type": "application/json",
        },
        ...(method === "POST" && { body: JSON.stringify(PING) }),
      });
      assert.equal(response.status, 404);
      assert.match(await response.text(), /Session not found/);
    }
  }
  const own = { "x-openai-api-key": ADA, "mcp-session-id": session };
  const alive = await post(server.url, PING, { headers: own });
  assert.equal(alive.status, 200);
  await alive.body?.cancel();
});
