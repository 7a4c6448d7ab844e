import assert from "node:assert/strict";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";

const TOKEN = "0123456789abcdef-token";
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

/** Every way in, and ways to nowhere. */
const ROUTES = [
  ["POST", "/mcp"],
  ["GET", "/mcp"],
  ["DELETE", "/mcp"],
  ["OPTIONS", "/mcp"],
  ["GET", "/"],
  ["POST", "/mcp/"],
  ["GET", "/no/such/page"],
  ["PUT", "/assistants"],
  ["GET", "/sse"],
  ["POST", "/messages"],
  ["POST", "/assistant/chat"],
  ["OPTIONS", "/assistant/chat"],
  ["POST", "/mcp/tools"],
  ["POST", "/mcp/call"],
  ["GET", "/mcp/call"],
  ["GET", "/v1/threads"],
  ["POST", "/v1/responses"],
  ["DELETE", "/v1/files/file-1"],
  ["GET", "/v1/../mcp"],
  ["GET", "/v1/nothing"],
] as const;

/** What asks for no token. */
const OPEN_ROUTES = [
  ["GET", "/health"],
  ["HEAD", "/health"],
  ["POST", "/health"],
  ["GET", "/ready"],
  ["GET", "/openapi.json"],
  ["GET", "/docs"],
  ["GET", "/metrics"],
] as const;

const ORIGIN = "https://app.example";

/** A Host and an Origin, where there is one, and the code of their refusal. */
const SITES: [host: string, origin: string | undefined, code: string | undefined][] = [
  ["127.0.0.1", undefined, undefined],
  ["localhost:8001", undefined, undefined],
  ["[::1]:8001", ORIGIN, undefined],
  ["assist.example", undefined, undefined],
  ["ASSIST.example.:443", ORIGIN, undefined],
  ["host.docker.internal:8662", undefined, undefined],
  ["evil.example", undefined, "host_not_allowed"],
  ["evil.example", ORIGIN, "host_not_allowed"],
  ["assist.example.evil.example", undefined, "host_not_allowed"],
  ["localhost.evil.example:8001", undefined, "host_not_allowed"],
  ["127.0.0.1.nip.io", undefined, "host_not_allowed"],
  ["assist.example@evil.example", undefined, "host_not_allowed"],
  ["localhost", "https://evil.example", "origin_not_allowed"],
  ["localhost", "null", "origin_not_allowed"],
  ["localhost", "http://localhost", "origin_not_allowed"],
  ["assist.example", "https://assist.example", "origin_not_allowed"],
  ["localhost", `${ORIGIN}:8443`, "origin_not_allowed"],
  ["localhost", `${ORIGIN}.evil.example`, "origin_not_allowed"],
  ["localhost", "http://app.example", "origin_not_allowed"],
];

/** The status of a request, and the code of the error in OpenAI's shape that it is answered with. */
async function refusal(response: Response): Promise<[status: number, code: string]> {
  const { error } = await response.json();
  assert.equal(error.type, "invalid_request_error");
  assert.equal(typeof error.message, "string");
  return [response.status, error.code];
}

/** All that the server answers; `fetch` lets nobody choose the Host. */
async function rawRequest(
  method: string,
  url: string,
  headers: Record<string, string | number>,
  body = "",
): Promise<string> {
  using request = await openRaw(url);
  await request.send(requestHead(method, url, { ...headers, connection: "close" }) + body);
  return await request.readAll();
}

Deno.test("every route lets in the right Hosts and Origins, and refuses all others", async () => {
  await using server = serveHttp({
    token: TOKEN,
    allowedHosts: ["assist.example"],
    allowedOrigins: [ORIGIN],
  });
  for (const [method, path] of [...ROUTES, ...OPEN_ROUTES]) {
    for (const [host, origin, code] of SITES) {
      const name = `${method} ${path} at ${host} from ${origin}`;
      using request = await openRaw(server.origin);
      await request.send(requestHead(method, server.origin + path, {
        host,
        ...(origin !== undefined && { origin }),
        // What comes in goes no further: a stream would not end.
        authorization: "Bearer wrong",
        connection: "close",
      }));
      const answer = await request.readAll();
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
      const allowed = /^access-control-allow-origin: (.*)\r$/im.exec(answer)?.[1];
      assert.doesNotMatch(answer, /^access-control-allow-credentials/im, name);
      if (code === undefined) {
        assert.ok(status !== 403 && status < 500, `${name}: ${status}`);
        assert.ok(allowed === origin || allowed === undefined && origin === undefined, name);
      } else {
        assert.equal(status, 403, name);
        assert.equal(allowed, undefined, name);
        if (method !== "HEAD") assert.ok(answer.includes(`"code":"${code}"`), name);
      }
    }
  }
});

Deno.test("a listed Host and a listed Origin come in", async () => {
  await using server = serveHttp({
    allowedHosts: ["assist.example"],
    allowedOrigins: ["https://app.example"],
  });
  const body = JSON.stringify(PING);
  const answer = await rawRequest("POST", server.url, {
    host: "assist.example:8001",
    origin: "https://app.example",
    "content-type": "application/json",
    "content-length": body.length,
  }, body);
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /"result":{}/);
});

Deno.test("every route asks for the token", async () => {
  await using server = serveHttp({ token: TOKEN });
  for (const [method, path] of ROUTES) {
    for (const authorization of ["", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
      const response = await fetch(server.origin + path, {
        method,
        ...(authorization !== "" && { headers: { authorization } }),
      });
      assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
      assert.deepEqual(await refusal(response), [401, "invalid_token"], `${method} ${path}`);
    }
  }
});

Deno.test("with the token all of MCP works", async () => {
  await using server = serveHttp({ token: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await (await post(server.url, toolCall("create_thread"), { headers })).json();
  assert.match(answer.result.structuredContent.id, /^thread_/);

  const session = { "mcp-session-id": await openSession(server.url, headers) };
  const refused = await post(server.url, PING, { headers: session });
  assert.deepEqual(await refusal(refused), [401, "invalid_token"]);
  const inside = await post(server.url, PING, { headers: { ...headers, ...session } });
  assert.equal(inside.status, 200);
  assert.match(await inside.text(), /"result":{}/);
});

Deno.test("where nothing is, the answer names what there is", async () => {
  await using server = serveHttp();
  const response = await fetch(`${server.origin}/no/such/page`);
  assert.equal(response.status, 404);
  const { error } = await response.json();
  assert.equal(
    error.message,
    "Nothing at GET /no/such/page. MCP is at /mcp; /docs shows the other routes.",
  );
});

Deno.test("a page of a listed Origin may call, after a preflight without the token", async () => {
  const origin = "https://app.example";
  await using server = serveHttp({ token: TOKEN, allowedOrigins: [origin] });
  const asked = ["authorization", "content-type", "mcp-protocol-version", "mcp-session-id"];
  for (const path of ["/mcp", "/assistant/chat", "/mcp/call", "/health", "/no/such/page"]) {
    const preflight = await fetch(server.origin + path, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": asked.join(","),
      },
    });
    await preflight.body?.cancel();
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
    const allowed = preflight.headers.get("access-control-allow-headers") ?? "";
    assert.deepEqual(allowed.split(",").map((name) => name.trim()), asked);
    const methods = preflight.headers.get("access-control-allow-methods") ?? "";
    assert.deepEqual(methods.split(",").toSorted(), ["DELETE", "GET", "POST"]);
  }

  for (const authorization of [`Bearer ${TOKEN}`, "Bearer wrong"]) {
    const response = await post(server.url, PING, { headers: { origin, authorization } });
    assert.equal(response.status, authorization === "Bearer wrong" ? 401 : 200);
    assert.equal(response.headers.get("access-control-allow-origin"), origin);
    const exposed = response.headers.get("access-control-expose-headers") ?? "";
    assert.deepEqual(exposed.split(",").slice(0, 2), ["mcp-session-id", "mcp-protocol-version"]);
    await response.body?.cancel();
  }
});

Deno.test("with no listed Origin no page learns anything", async () => {
  await using server = serveHttp();
  const preflight = await fetch(server.url, {
    method: "OPTIONS",
    headers: { origin: server.origin, "access-control-request-method": "POST" },
  });
  assert.deepEqual(await refusal(preflight), [403, "origin_not_allowed"]);
  const plain = await post(server.url, PING);
  assert.equal(plain.headers.get("access-control-allow-origin"), null);
  await plain.body?.cancel();
});
