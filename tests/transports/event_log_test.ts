import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import assert from "node:assert/strict";
import { EventLog, type SessionEvents } from "../../src/transports/streamable_http/event_log.ts";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { openRaw, requestHead } from "../kit/raw_http.ts";
import { gate, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

/** A message whose JSON has about this many characters. */
function message(name: string, length = 0): JSONRPCMessage {
  return { jsonrpc: "2.0", method: name, params: { text: "x".repeat(length) } };
}

async function after(events: SessionEvents, eventId: string): Promise<string[]> {
  const names: string[] = [];
  await events.replayEventsAfter(eventId, {
    send: (_, sent) => Promise.resolve(void names.push("method" in sent ? sent.method : "")),
  });
  return names;
}

Deno.test("EventLog replays what came later on the same stream of the same session", async () => {
  const log = new EventLog({ sessionBytes: 10_000, totalBytes: 10_000 });
  const mine = log.session(), other = log.session();
  const mark = await mine.storeEvent("a-1", {} as JSONRPCMessage);
  const first = await mine.storeEvent("a-1", message("one"));
  await mine.storeEvent("b-2", message("elsewhere"));
  await other.storeEvent("a-1", message("stranger"));
  await mine.storeEvent("a-1", message("two"));
  assert.deepEqual(await after(mine, mark), ["one", "two"]);
  assert.deepEqual(await after(mine, first), ["two"]);
  assert.deepEqual(await after(other, first), ["stranger"]);
  assert.equal(await mine.getStreamIdForEventId?.(first), "a-1");
  for (const wrong of ["", "a-1", "a-1_x", "../_1", "a-1_-1"]) {
    assert.equal(await mine.getStreamIdForEventId?.(wrong), undefined, wrong);
  }
});

Deno.test("EventLog keeps no more of a session, and of all, than it may", async () => {
  const log = new EventLog({ sessionBytes: 2400, totalBytes: 7200 });
  const sessions = Array.from({ length: 10 }, () => log.session());
  for (const [index, session] of sessions.entries()) {
    const mark = await session.storeEvent("s", {} as JSONRPCMessage);
    for (let count = 0; count < 20; count++) {
      await session.storeEvent("s", message(`${index}.${count}`, 100));
      assert.ok(log.bytes <= 7200);
    }
    const kept = await after(session, mark);
    assert.ok(kept.length >= 5 && kept.length < 8, `${kept.length} are kept`);
    assert.equal(kept.at(-1), `${index}.19`);
  }
  assert.deepEqual(await after(sessions[0] ?? log.session(), "s_0"), []);
  for (const session of sessions) session.clear();
  assert.equal(log.bytes, 0);
});

Deno.test("EventLog keeps a bounded number of events, however small they are", async () => {
  const log = new EventLog({ sessionBytes: 20_000, totalBytes: 30_000 });
  const sessions = [log.session(), log.session()];
  for (const session of sessions) {
    for (let count = 0; count < 1000; count++) {
      await session.storeEvent("s", {} as JSONRPCMessage);
      await session.storeEvent("s", message("m"));
    }
  }
  const kept = await Promise.all(sessions.map((session) => after(session, "s_0")));
  assert.deepEqual(kept.map(({ length }) => length > 10 && length <= 50), [true, true]);
});

Deno.test("a client of a session that lost its stream gets the rest of it", options, async () => {
  await using server = serveHttp();
  const session = {
    "mcp-session-id": await openSession(server.url),
    "mcp-protocol-version": "2025-11-25",
  };
  const middle = gate();
  server.upstream.enqueue(text(["One, ", middle, "two."]));
  const stop = new AbortController();
  const call = await post(server.url, toolCall("ask_openai", { query: "Count." }), {
    headers: session,
    signal: stop.signal,
  });
  const reader = call.body?.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader?.read() ?? {};
  const [, id = ""] = /^id: (\S+)$/m.exec(value) ?? [];
  assert.match(value, /^retry: 1000$/m);
  await middle.reached;
  stop.abort();
  await assert.rejects(async () => {
    while (!(await reader?.read())?.done);
  });

  const resume = (eventId: string) =>
    fetch(server.url, {
      headers: { ...session, accept: "text/event-stream", "last-event-id": eventId },
    });
  // The server learns a moment later that the client has gone; till then its stream is taken.
  let resumed = await resume(id);
  while (resumed.status === 409) {
    await resumed.body?.cancel();
    resumed = await resume(id);
  }
  assert.equal(resumed.status, 200);
  middle.open();
  assert.match(await resumed.text(), /"text":"One, two\."/);
  // All of it is still there for a client that lost that stream, too.
  assert.match(await (await resume(id)).text(), /"text":"One, two\."/);

  const stranger = { ...session, "mcp-session-id": await openSession(server.url) };
  const stolen = await fetch(server.url, {
    headers: { ...stranger, accept: "text/event-stream", "last-event-id": id },
  });
  assert.equal(await stolen.text(), "");
  const nonsense = await resume("nonsense");
  assert.equal(nonsense.status, 400);
  await nonsense.body?.cancel();
});

Deno.test("a session's stream may break in the middle of its headers", options, async () => {
  await using server = serveHttp();
  const session = { "mcp-session-id": await openSession(server.url) };
  {
    using request = await openRaw(server.url);
    const head = requestHead("GET", server.url, { accept: "text/event-stream", ...session });
    await request.send(head.slice(0, 30));
  }
  const ping = await post(server.url, { jsonrpc: "2.0", id: 1, method: "ping" }, {
    headers: session,
  });
  assert.match(await ping.text(), /"result":{}/);
});
