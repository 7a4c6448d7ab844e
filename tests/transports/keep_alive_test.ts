import assert from "node:assert/strict";
import { EventBodies } from "../../src/transports/event_response.ts";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { gate, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

const COMMENT = ": keepalive\n\n";

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

Deno.test("a comment goes over all bodies that are open, and over none that has ended", async () => {
  const bodies = new EventBodies(1);
  const gone = bodies.open(() => {});
  await gone.stream.cancel();
  const closed = bodies.open(() => {});
  closed.close();
  const open = [bodies.open(() => {}), bodies.open(() => {})];
  const readers = open.map(({ stream }) => stream.getReader());
  for (const reader of [...readers, ...readers]) {
    assert.equal(new TextDecoder().decode((await reader.read()).value), COMMENT);
  }
  assert.equal(await new Response(closed.stream).text(), "");
  // A timer that went on would be a leak of this test.
  for (const reader of readers) await reader.cancel();
});

Deno.test("a client that reads slowly gets no comments, and is not dropped for them", async () => {
  const bodies = new EventBodies(1);
  let ended = false;
  const slow = bodies.open(() => void (ended = true));
  const full = new Uint8Array(32 * 1024 * 1024);
  slow.write(full);
  const other = bodies.open(() => {}).stream.getReader();
  for (let times = 0; times < 3; times++) await other.read();
  assert.equal(ended, false);
  slow.close();
  assert.equal((await new Response(slow.stream).bytes()).length, full.length);
  await other.cancel();
});

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
