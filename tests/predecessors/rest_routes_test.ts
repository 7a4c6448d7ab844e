/** What programs did with the FastAPI gateway. */

import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { upstreamSettings } from "../kit/every_client.ts";
import { post, serveHttp } from "../kit/http_server.ts";
import { startHttp, tempFolder } from "../kit/process.ts";
import { ManualClock } from "../kit/engine.ts";
import {
  failed,
  functionCalls,
  hang,
  incomplete,
  startResponsesServer,
  text,
} from "../fakes/responses_server.ts";

const options = { timeout: 30_000 };

// Row P4.1 of the predecessors.
Deno.test("GET /health and POST /assistant/chat work, with and without ids", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using server = await startHttp(upstreamSettings(folder, upstream));
  const { origin } = new URL(server.url);
  const health = await (await fetch(`${origin}/health`)).json();
  assert.deepEqual(health, { status: "healthy", mcp_connected: true });

  const chat = async (body: object) => {
    const response = await post(`${origin}/assistant/chat`, body);
    return { status: response.status, body: await response.json() };
  };
  const first = await chat({ message: "Hello" });
  assert.equal(first.status, 200);
  assert.equal(first.body.response, 'You said: "Hello".');
  const { thread_id, assistant_id, run_id } = first.body;
  assert.match(run_id, /^run_/);
  for (const ids of [{ thread_id }, { assistant_id }, { thread_id, assistant_id }]) {
    const { status, body } = await chat({ message: "Again", ...ids });
    assert.deepEqual([status, body.response], [200, 'You said: "Again".']);
    assert.equal(body.thread_id === thread_id, "thread_id" in ids);
    assert.equal(body.assistant_id, assistant_id);
  }

  upstream.enqueue(
    incomplete("max_output_tokens", "Half an"),
    failed({ code: "server_error", message: "Out of order." }),
  );
  const half = await chat({ message: "Hi" });
  assert.deepEqual([half.status, half.body.status], [200, "incomplete"]);
  assert.ok(half.body.incomplete_details.reason);
  const failure = await chat({ message: "Hi" });
  assert.equal(failure.status, 502);
  assert.match(failure.body.error.message, /Out of order\./);
  const unknown = await chat({ message: "Hi", assistant_id: "asst_unknown" });
  assert.equal(unknown.status, 404);

  const tools = [{ type: "function", function: { name: "weather" } }];
  const made = await post(`${origin}/mcp/call?tool_name=create_assistant`, {
    model: "gpt-test",
    tools,
  });
  upstream.enqueue(functionCalls([{ name: "weather", arguments: {} }]));
  const asks = await chat({
    message: "Rain?",
    assistant_id: (await made.json()).structuredContent.id,
  });
  assert.deepEqual([asks.status, asks.body.status], [200, "requires_action"]);
});

// Row P4.1 of the predecessors.
Deno.test("/assistant/chat reports cancelled and expired runs", async () => {
  const clock = new ManualClock();
  await using server = serveHttp({ clock });
  const call = async (tool: string, args: object = {}) => {
    const response = await post(`${server.origin}/mcp/call?tool_name=${tool}`, args);
    return (await response.json()).structuredContent;
  };
  const ends: [status: number, code: string, end: () => unknown][] = [
    [409, "run_cancelled", async () => {
      const thread_id = (await call("list_threads")).data[0].id;
      const run_id = (await call("list_runs", { thread_id })).data[0].id;
      await call("cancel_run", { thread_id, run_id });
    }],
    [504, "run_expired", () => clock.advance(600_000)],
  ];
  for (const [index, [status, code, end]] of ends.entries()) {
    const script = hang(text(["Once ", "upon a time"]), 5);
    server.upstream.enqueue(script);
    const waiting = post(`${server.origin}/assistant/chat`, { message: "A story" });
    await server.upstream.received(index + 1);
    await end();
    const response = await waiting;
    assert.deepEqual([response.status, (await response.json()).error.code], [status, code]);
    await script.gone;
  }
});

// Row P4.2 of the predecessors.
Deno.test(
  "POST /mcp/tools lists tools, and POST /mcp/call?tool_name= calls one with a JSON body",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using server = await startHttp(upstreamSettings(folder, upstream));
    const { origin } = new URL(server.url);
    const { tools } = await (await fetch(`${origin}/mcp/tools`, { method: "POST" })).json();
    assert.ok(tools.some(({ name }: { name: string }) => name === "create_assistant"));
    const response = await post(`${origin}/mcp/call?tool_name=create_thread`, {
      metadata: { topic: "tests" },
    });
    const { result } = await response.json();
    assert.equal(result[0].type, "text");
    assert.deepEqual(JSON.parse(result[0].text).metadata, { topic: "tests" });
  },
);

// Row P4.2 of the predecessors.
Deno.test("/mcp/call returns 503 if the store is not reachable", async () => {
  await using server = serveHttp();
  await server.store.close();
  for (const path of ["/mcp/tools", "/mcp/call?tool_name=create_thread"]) {
    const response = await post(server.origin + path, {});
    assert.equal(response.status, 503);
    assert.match((await response.json()).error.message, /cannot reach its database/);
  }
});

// Row P4.3 of the predecessors.
Deno.test("/openapi.json is valid, and /docs is an HTML page", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  // In production, and where a token is asked for, they are read all the same.
  await using server = await startHttp({
    ...upstreamSettings(folder, upstream),
    ENVIRONMENT: "production",
    MCP_AUTH_TOKEN: "0123456789abcdef",
  });
  const { origin } = new URL(server.url);
  const document = await (await fetch(`${origin}/openapi.json`)).json();
  const { valid, errors } = await new Validator().validate(document);
  assert.ok(valid, JSON.stringify(errors));
  const page = await fetch(`${origin}/docs`);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  const html = await page.text();
  assert.match(html, /^<!doctype html>/);
  assert.match(html, /POST \/assistant\/chat/);
});

// Row P4.5 of the predecessors.
Deno.test(
  "calls without assistant_id share one assistant, also after a restart",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const seen = new Set<string>();
    for (let start = 0; start < 2; start++) {
      await using server = await startHttp(upstreamSettings(folder, upstream));
      const { origin } = new URL(server.url);
      for (const message of ["One", "Two"]) {
        const turn = await (await post(`${origin}/assistant/chat`, { message })).json();
        seen.add(turn.assistant_id);
      }
      const list = await post(`${origin}/mcp/call?tool_name=list_assistants`, {});
      assert.equal((await list.json()).structuredContent.data.length, 1);
    }
    assert.equal(seen.size, 1);
  },
);
