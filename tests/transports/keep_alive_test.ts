import assert from "node:assert/strict";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { gate, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

const COMMENT = ": keep-alive\n\n";

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

Deno.test("a comment goes over each stream at /mcp on which nothing happens", options, async () => {
  await using server = serveHttp({ keepAliveMs: 5 });
  const session = { "mcp-session-id": await openSession(server.url) };
  const streams = { accept: "application/json, text/event-stream" };
  const modern = {
    ...streams,
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "ask_openai",
  };
  const call = toolCall("ask_openai", { query: "Count." });
  const params = { name: "ask_openai", arguments: { query: "Count." }, _meta: META };
  const requests = [
    () => fetch(server.url, { headers: { ...streams, ...session } }),
    () => post(server.url, call, { headers: session }),
    () => post(server.url, { ...call, params }, { headers: modern }),
  ];
  for (const request of requests) {
    const middle = gate();
    server.upstream.enqueue(text(["One, ", middle, "two."]));
    const { body } = await request();
    assert.ok(body);
    let come = "";
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      come += piece;
      if (come.includes(COMMENT)) break;
    }
    assert.ok(come.includes(COMMENT), come);
    middle.open();
  }
});
