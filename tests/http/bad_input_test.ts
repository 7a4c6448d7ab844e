/** Whatever comes: the right status, the one error body, no stack, no path of the machine, and the server stays up. */

import assert from "node:assert/strict";
import { serveHttp, type TestServer } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";

const JSON_TYPE = { "content-type": "application/json" };

interface Case {
  name: string;
  method?: string;
  path: string;
  headers?: Record<string, string | number>;
  body?: string;
  status: number;
  code: string;
}

const CASES: Case[] = [
  ...["{", "", "undefined", '{"message": "a"', "\u0000"].map((body): Case => ({
    name: `malformed JSON ${JSON.stringify(body)}`,
    path: "/assistant/chat",
    headers: JSON_TYPE,
    body,
    // No body is an object with nothing in it.
    status: body === "" ? 422 : 400,
    code: body === "" ? "missing_required_parameter" : "invalid_json",
  })),
  ...["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""].map((
    type,
  ): Case => ({
    name: `content type "${type}"`,
    path: "/mcp/call?tool_name=create_thread",
    headers: type === "" ? {} : { "content-type": type },
    body: "{}",
    status: 415,
    code: "unsupported_media_type",
  })),
  ...["[]", "null", '"text"', "7"].map((body): Case => ({
    name: `JSON that is no object: ${body}`,
    path: "/assistant/chat",
    headers: JSON_TYPE,
    body,
    status: 422,
    code: body === "null" ? "missing_required_parameter" : "invalid_type",
  })),
  ...[
    '{"message": 7}',
    '{"message": ""}',
    '{"message": "a", "stream": "perhaps"}',
    '{"message": "a", "thread_id": 1}',
  ].map((body): Case => ({
    name: `a chat of the wrong shape: ${body}`,
    path: "/assistant/chat",
    headers: JSON_TYPE,
    body,
    status: 422,
    code: "invalid_type",
  })),
  {
    name: "an unknown field",
    path: "/assistant/chat",
    headers: JSON_TYPE,
    body: '{"message": "a", "tread_id": "b"}',
    status: 422,
    code: "unknown_parameter",
  },
  ...[
    ["GET", "/assistant/chat"],
    ["DELETE", "/mcp/tools"],
    ["PUT", "/mcp/call"],
    ["POST", "/health"],
    ["PATCH", "/ready"],
    ["POST", "/openapi.json"],
    ["DELETE", "/docs"],
  ].map(([method, path = ""]): Case => ({
    name: `${method} ${path}`,
    method,
    path,
    status: 405,
    code: "method_not_allowed",
  })),
  {
    name: "a body over the limit",
    path: "/assistant/chat",
    headers: JSON_TYPE,
    body: JSON.stringify({ message: "x".repeat(1024 * 1024) }),
    status: 413,
    code: "body_too_large",
  },
  ...["/no/such/page", "/health/", "/HEALTH", "/mcp/x", "/assistant", "//health", "/%00"].map(
    (path): Case => ({ name: path, method: "GET", path, status: 404, code: "unknown_url" }),
  ),
];

Deno.test("bad input is refused with its status and the one error body", async () => {
  await using server = serveHttp();
  for (const { name, method = "POST", path, headers = {}, body, status, code } of CASES) {
    const answer = await send(
      server,
      requestHead(method, server.origin, {
        ...headers,
        ...(body !== undefined && { "content-length": new TextEncoder().encode(body).length }),
        connection: "close",
      }).replace(" / ", ` ${path} `) + (body ?? ""),
    );
    assert.deepEqual([answer.status, codeOf(answer.body, name)], [status, code], name);
    if (status === 405) assert.match(answer.head, /^allow: (GET|POST)\r?$/im, name);
  }
  await isUp(server);
});

Deno.test("a path that climbs comes nowhere", async () => {
  await using server = serveHttp();
  const paths = [
    "/../etc/passwd",
    "/mcp/../../etc/passwd",
    "/%2e%2e/etc/passwd",
    "/docs/%2e%2e/%2e%2e/etc/passwd",
    "/docs/..%2f..%2fetc/passwd",
    "/docs\\..\\..\\etc\\passwd",
  ];
  for (const path of paths) {
    const head = requestHead("GET", server.origin, { connection: "close" });
    const answer = await send(server, head.replace(" / ", ` ${path} `));
    assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    if (answer.status === 404) assert.equal(codeOf(answer.body, path), "unknown_url");
  }
  await isUp(server);
});

Deno.test("a body over the limit is refused although nothing says how long it is", async () => {
  await using server = serveHttp({ maxBodyBytes: 1000 });
  const response = await fetch(`${server.origin}/assistant/chat`, {
    method: "POST",
    headers: JSON_TYPE,
    body: new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("x".repeat(1001)));
        controller.close();
      },
    }),
  });
  assert.equal(response.status, 413);
  assert.equal((await response.json()).error.code, "body_too_large");
});

Deno.test("a header that is too long is refused, and the server stays up", async () => {
  await using server = serveHttp();
  const head = requestHead("GET", `${server.origin}/health`, {
    "x-long": "x".repeat(1024 * 1024),
    connection: "close",
  });
  using request = await openRaw(server.origin);
  // The server may close before it has read it all.
  await request.send(head).catch(() => {});
  const answer = await request.readAll().catch(() => "");
  assert.match(answer, /^(HTTP\/1\.1 431 |$)/);
  await isUp(server);
});

async function send(
  server: TestServer,
  text: string,
): Promise<{ status: number; head: string; body: string }> {
  using request = await openRaw(server.origin);
  await request.send(text);
  const [head = "", body = ""] = (await request.readAll()).split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body };
}

function codeOf(body: string, name: string): string {
  assert.doesNotMatch(body, /\bat .*:\d+:\d+|file:\/\/|\/(src|home|root|usr)\//, name);
  const { error, ...rest } = JSON.parse(body);
  assert.deepEqual([Object.keys(error), rest], [["message", "type", "param", "code"], {}], name);
  return error.code;
}

async function isUp(server: TestServer): Promise<void> {
  assert.equal((await (await fetch(`${server.origin}/health`)).json()).status, "healthy");
}
