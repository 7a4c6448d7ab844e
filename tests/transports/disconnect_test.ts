/**
 * A client that goes is noticed, even where Deno's own signal fails: it does when the headers and
 * the body of a request came in separate segments and the handler has not answered yet.
 */

import assert from "node:assert/strict";
import { openSession, post, serveHttp, toolCall } from "../kit/http_server.ts";
import { gate, text } from "../fakes/responses_server.ts";
import { openRaw, type RawRequest, requestHead } from "../kit/raw_http.ts";

const options = { timeout: 20_000 };

for (const way of everyWay("ask_openai", { query: "Count." })) {
  Deno.test(`a call ${way.name} stops the upstream when its client goes`, options, async () => {
    await using server = serveHttp();
    const middle = gate();
    const script = text(["One, ", middle, "two."]);
    server.upstream.enqueue(script);
    const stop = new AbortController();
    const response = await post(server.url, way.message, {
      headers: way.headers,
      signal: stop.signal,
    });
    await middle.reached;
    stop.abort();
    await assert.rejects(response.text());
    await script.gone;
  });

  Deno.test(`a call ${way.name} in two segments does so, too`, options, async () => {
    await using server = serveHttp();
    for (let time = 0; time < 5; time++) {
      const middle = gate();
      const script = text(["One, ", middle, "two."]);
      server.upstream.enqueue(script);
      {
        using _request = await sendInTwo(server.url, way);
        await middle.reached;
      }
      await script.gone;
    }
  });
}

Deno.test(
  "a cancellation in a session that comes in two segments stops its call",
  options,
  async () => {
    await using server = serveHttp();
    const headers = {
      accept: "application/json, text/event-stream",
      "mcp-session-id": await openSession(server.url),
      "mcp-protocol-version": "2025-11-25",
    };
    for (let id = 1; id <= 5; id++) {
      const middle = gate();
      const script = text(["One, ", middle, "two."]);
      server.upstream.enqueue(script);
      const call = toolCall("ask_openai", { query: "Count." }, id);
      using _call = await sendInTwo(server.url, { message: call, headers });
      await middle.reached;
      const params = { requestId: id };
      const message = { jsonrpc: "2.0", method: "notifications/cancelled", params };
      using cancellation = await sendInTwo(server.url, { message, headers });
      await cancellation.readUntil(" 202 ");
      await script.gone;
    }
  },
);

Deno.test(
  "a call with no session is answered when the server ends before it",
  options,
  async () => {
    await using server = serveHttp();
    const middle = gate();
    server.upstream.enqueue(text(["One, ", middle, "two."]));
    const call = await post(server.url, toolCall("ask_openai", { query: "Count." }, 7));
    await middle.reached;
    await server.mcp.close();
    const { id, error } = await call.json();
    assert.deepEqual([id, error.message], [7, "The server is shutting down. Try again later."]);
  },
);

Deno.test("a wait_for_run whose client goes ends, and its run goes on", options, async () => {
  await using server = serveHttp();
  const middle = gate();
  server.upstream.enqueue(text(["One, ", middle, "two."]));
  const start = toolCall("ask_assistant", { message: "Count.", wait_s: 0 });
  const started = await (await post(server.url, start)).json();
  const { thread_id, run_id } = started.result.structuredContent;
  await middle.reached;

  const handle = { thread_id, run_id };
  for (const way of everyWay("wait_for_run", handle, { progressToken: 1 })) {
    {
      using request = await sendInTwo(server.url, way);
      await request.readUntil(way.first);
    }
    // A call that nobody ended would run into the time limit of the test.
    await server.service.calls.whenIdle(60_000);
  }

  middle.open();
  const waited = await post(server.url, toolCall("wait_for_run", handle));
  const { run, messages } = (await waited.json()).result.structuredContent;
  assert.equal(run.status, "completed");
  assert.equal(messages[0].content[0].text.value, "One, two.");
});

interface Way {
  name: string;
  message: unknown;
  headers: Record<string, string>;
  /** A part of the answer that comes when the call is under way. */
  first: string;
}

/**
 * A tool call as each kind of client without a session sends it.
 *
 * Without a progress token nothing but the transport makes an answer start early.
 */
function everyWay(
  name: string,
  args: Record<string, unknown>,
  meta: { progressToken?: number } = {},
): Way[] {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    ...meta,
  };
  return [
    {
      name: "as curl sends it",
      message: toolCall(name, args),
      headers: { accept: "*/*" },
      first: "\r\n\n\r\n",
    },
    {
      name: "of 2026-07-28",
      message: {
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name, arguments: args, _meta },
      },
      headers: {
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": name,
      },
      first: "notifications/progress",
    },
  ];
}

/** Sends the headers, waits until the server asks for the body, and sends that. */
async function sendInTwo(
  url: string,
  { message, headers }: Pick<Way, "message" | "headers">,
): Promise<RawRequest> {
  const body = JSON.stringify(message);
  const request = await openRaw(url);
  await request.send(requestHead("POST", url, {
    "content-type": "application/json",
    "content-length": body.length,
    expect: "100-continue",
    ...headers,
  }));
  await request.readUntil("100 Continue\r\n\r\n");
  await request.send(body);
  return request;
}
