import assert from "node:assert/strict";
import { initialize, openSession, post, serveHttp } from "../kit/http_server.ts";
import { gate, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

/** Short, and yet longer than a request takes. */
const IDLE_MS = 100;

function inSession(id: string): { headers: Record<string, string> } {
  return { headers: { "mcp-session-id": id } };
}

async function statusOf(request: Promise<Response>): Promise<number> {
  const response = await request;
  await response.body?.cancel();
  return response.status;
}

/** Opens a session as soon as there is room for one. */
async function openWhenRoom(url: string): Promise<string> {
  for (;;) {
    const response = await initialize(url);
    await response.body?.cancel();
    const id = response.headers.get("mcp-session-id");
    if (id !== null) return id;
    assert.equal(response.status, 503);
  }
}

Deno.test("a session lives from initialize to DELETE", async () => {
  await using server = serveHttp();
  const response = await initialize(server.url);
  const id = response.headers.get("mcp-session-id") ?? "";
  assert.match(await response.text(), /"protocolVersion":"2025-11-25"/);
  assert.equal(await statusOf(post(server.url, PING, inSession(id))), 200);
  assert.equal(await statusOf(fetch(server.url, { method: "DELETE", ...inSession(id) })), 200);
  for (const method of ["GET", "DELETE"]) {
    const gone = await fetch(server.url, { method, ...inSession(id) });
    assert.equal(gone.status, 404);
    assert.match((await gone.json()).error.message, /^Session not found\. Send initialize/);
  }
  for (const message of [PING, { ...PING, method: "tools/list" }]) {
    assert.equal(await statusOf(post(server.url, message, inSession(id))), 404);
  }
});

Deno.test("an unknown session is not found", async () => {
  await using server = serveHttp();
  const response = await post(server.url, PING, inSession(crypto.randomUUID()));
  assert.equal(response.status, 404);
  assert.equal((await response.json()).error.code, -32001);
});

Deno.test("sessions over the limit are refused till one has ended", async () => {
  await using server = serveHttp({ maxSessions: 1 });
  const id = await openSession(server.url);
  const refused = await initialize(server.url);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "60");
  assert.match((await refused.json()).error.message, /maximum number of sessions \(MAX_SESSIONS\)/);
  assert.equal(await statusOf(post(server.url, PING)), 200, "a plain request needs no session");
  assert.equal(await statusOf(fetch(server.url, { method: "DELETE", ...inSession(id) })), 200);
  await openSession(server.url);
});

Deno.test("an initialize that is refused takes no room", async () => {
  await using server = serveHttp({ maxSessions: 1 });
  const wrong = { jsonrpc: "2.0", id: 0, method: "initialize", params: { protocolVersion: 5 } };
  for (let time = 0; time < 3; time++) {
    const response = await post(server.url, wrong);
    assert.ok(response.headers.get("mcp-session-id") === null || response.ok);
    await response.body?.cancel();
  }
  await openSession(server.url);
});

Deno.test("an idle session ends", options, async () => {
  await using server = serveHttp({ maxSessions: 1, idleMs: IDLE_MS });
  const id = await openSession(server.url);
  await openWhenRoom(server.url);
  assert.equal(await statusOf(post(server.url, PING, inSession(id))), 404);
});

Deno.test("a session whose client listens is not idle", options, async () => {
  await using server = serveHttp({ maxSessions: 2, idleMs: IDLE_MS });
  const listening = await openSession(server.url);
  const stream = await fetch(server.url, {
    headers: { accept: "text/event-stream", ...inSession(listening).headers },
  });
  assert.equal(stream.status, 200);
  await openSession(server.url);
  const next = await openWhenRoom(server.url);
  assert.equal(await statusOf(post(server.url, PING, inSession(listening))), 200);

  assert.equal(await statusOf(fetch(server.url, { method: "DELETE", ...inSession(next) })), 200);
  await stream.body?.cancel();
  await openSession(server.url);
  await openWhenRoom(server.url);
});

Deno.test("a session with a call under way is not idle", options, async () => {
  await using server = serveHttp({ maxSessions: 2, idleMs: IDLE_MS });
  const calling = await openSession(server.url);
  const middle = gate();
  server.upstream.enqueue(text(["One, ", middle, "two."]));
  const params = { name: "ask_openai", arguments: { query: "Count." } };
  const call = await post(
    server.url,
    { jsonrpc: "2.0", id: 1, method: "tools/call", params },
    inSession(calling),
  );
  await middle.reached;
  await openSession(server.url);
  await openWhenRoom(server.url);
  middle.open();
  assert.match(await call.text(), /"text":"One, two\."/);
});
