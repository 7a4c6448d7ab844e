/** The spans that a running server exports. */

import assert from "node:assert/strict";
import { objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { post, toolCall } from "../kit/http_server.ts";
import { startHttp, StdioProcess, tempFolder } from "../kit/process.ts";
import { startResponsesServer, text } from "../fakes/responses_server.ts";
import { startCollector } from "./_collector.ts";

const options = { timeout: 20_000 };

Deno.test(
  "with OTEL_DENO, a call, its run and its upstream request form one trace",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using collector = startCollector();
    const server = new StdioProcess({
      ...upstreamSettings(folder, upstream),
      ...collector.env,
    });
    await server.initialize();
    upstream.enqueue(text("Secret words.", { usage: { input: 11, output: 7 } }));
    const { run_id } = objectOf(
      await server.callTool("ask_assistant", { message: "Hidden words." }),
    );
    await server.endInput();
    const { code } = await server.ended();
    assert.equal(code, 0);
    const { requestId } = await upstream.received(1);

    const spans = collector.spans();
    const named = (name: string) => {
      const span = spans.find((span) => span.name === name);
      assert.ok(span, `${name} in ${spans.map(({ name }) => name)}`);
      return span;
    };
    const call = named("tools/call ask_assistant");
    const run = named("run");
    const request = named("POST /v1/responses");
    for (const span of [call, run, request]) assert.equal(span.traceId, call.traceId, span.name);
    assert.equal(run.parentSpanId, call.spanId);
    assert.equal(request.parentSpanId, run.spanId);
    assert.equal(call.attributes["assistants_mcp.outcome"], "ok");
    assert.equal(call.attributes["gen_ai.tool.name"], "ask_assistant");
    assert.equal(run.attributes["assistants_mcp.run.id"], run_id);
    assert.equal(run.attributes["assistants_mcp.run.status"], "completed");
    assert.equal(run.attributes["gen_ai.usage.output_tokens"], 7);
    assert.equal(request.attributes["http.response.status_code"], 200);
    assert.equal(request.attributes["assistants_mcp.upstream.request.id"], requestId);
    // The span of Deno for the fetch is a child of our span.
    const sent = spans.find(({ attributes }) => attributes["url.full"] !== undefined);
    assert.equal(sent?.parentSpanId, request.spanId);

    const everything = collector.text();
    for (const secret of ["sk-test-0123456789", "Secret words", "Hidden words"]) {
      assert.ok(!everything.includes(secret), secret);
    }
  },
);

Deno.test("over HTTP, a call belongs to its caller's trace", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using collector = startCollector();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  {
    await using server = await startHttp({
      ...upstreamSettings(folder, upstream),
      ...collector.env,
    });
    const headers = {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      "x-request-id": "caller-0123456789",
    };
    const answer = await post(server.url, toolCall("get_thread", { thread_id: "thread_none" }), {
      headers,
    });
    assert.equal((await answer.json()).result.isError, true);
  }
  const call = collector.spans().find(({ name }) => name === "tools/call get_thread");
  assert.ok(call);
  assert.equal(call.traceId, traceId);
  assert.equal(call.attributes["assistants_mcp.outcome"], "404");
  assert.equal(call.attributes["assistants_mcp.request.id"], "caller-0123456789");
});

Deno.test("without OTEL_DENO, nothing is exported", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using collector = startCollector();
  const { OTEL_DENO: _, ...env } = collector.env;
  const server = new StdioProcess({ ...upstreamSettings(folder, upstream), ...env });
  await server.initialize();
  objectOf(await server.callTool("ask_openai", { query: "Anything." }));
  await server.endInput();
  await server.ended();
  assert.equal(collector.text(), "");
});
