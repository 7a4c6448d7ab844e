/** What goes past the SDK's handler is answered as the SDK's handler answers it. */

import { createMcpHandler } from "@modelcontextprotocol/server";
import assert from "node:assert/strict";
import { createServer } from "../../src/mcp/mod.ts";
import { openSession, post, serveHttp, type TestServer } from "../kit/http_server.ts";

const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** Parameters of `tools/call`, good and bad. */
const CALLS: Record<string, unknown>[] = [
  { name: "list_assistants", arguments: {} },
  { name: "list_assistants" },
  { name: "get_assistant", arguments: { assistant_id: "asst_none" } },
  { name: "get_assistant", arguments: { assistant_id: 5, wrong: true } },
  { name: "get_assistant", arguments: "none" },
  { name: "get_assistant", arguments: null },
  { name: "no_such_tool", arguments: {} },
  { name: 5 },
  { arguments: {} },
  {},
];

function call(params: Record<string, unknown>, _meta?: object): object {
  return {
    jsonrpc: "2.0",
    id: "a",
    method: "tools/call",
    params: { ...params, ...(_meta && { _meta }) },
  };
}

async function answerOf(response: Response): Promise<{ status: number; answer: unknown }> {
  // Each answer of the engine has an id of its own.
  const text = (await response.text()).replaceAll(/req_\w+/g, "req_");
  return {
    status: response.status,
    answer: JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text),
  };
}

/** What the SDK's own handler answers. */
async function sdkAnswer(
  { service, url }: TestServer,
  message: object,
  headers: Record<string, string>,
): Promise<{ status: number; answer: unknown }> {
  const handler = createMcpHandler(() => createServer(service, { tenant: "default" }));
  const answer = await answerOf(
    await handler.fetch(
      new Request(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
        body: JSON.stringify(message),
      }),
    ),
  );
  await handler.close();
  return answer;
}

Deno.test("a 2026-07-28 tools/call is answered as the SDK answers it", async () => {
  await using server = serveHttp();
  for (const params of CALLS) {
    for (const name of [params.name, undefined, "get_thread"]) {
      const headers = {
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        ...(name !== undefined && { "mcp-name": String(name) }),
      };
      const message = call(params, ENVELOPE);
      assert.deepEqual(
        await answerOf(await post(server.url, message, { headers })),
        await sdkAnswer(server, message, headers),
        JSON.stringify([params, name]),
      );
    }
  }
});

Deno.test("a tools/call in a session is answered as the SDK answers it", async () => {
  await using server = serveHttp();
  const session = { "mcp-session-id": await openSession(server.url) };
  for (const params of CALLS) {
    const message = call(params);
    assert.deepEqual(
      await answerOf(await post(server.url, message, { headers: session })),
      await sdkAnswer(server, message, {}),
      JSON.stringify(params),
    );
  }
});

Deno.test("a protocol version that does not exist is refused, in a session or not", async () => {
  await using server = serveHttp();
  const session = { "mcp-session-id": await openSession(server.url) };
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  for (const message of [list, call({ name: "list_assistants" }), { ...list, method: "ping" }]) {
    for (const within of [session, {}]) {
      const headers = { "mcp-protocol-version": "1999-01-01", ...within };
      const { status, answer } = await answerOf(await post(server.url, message, { headers }));
      assert.equal(status, 400);
      assert.match(JSON.stringify(answer), /unsupported protocol version/i);
    }
  }
  for (const version of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
    const headers = { "mcp-protocol-version": version };
    const response = await post(server.url, list, { headers });
    assert.equal((await answerOf(response)).status, 200, version);
  }
});
