/** The log of a running server: a record for each call, run and upstream request. */

import assert from "node:assert/strict";
import { errorOf, objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { post, toolCall } from "../kit/http_server.ts";
import { startHttp, StdioProcess, tempFolder } from "../kit/process.ts";
import { startResponsesServer, status, text } from "../fakes/responses_server.ts";

type LogLine = Record<string, unknown>;

const options = { timeout: 20_000 };

/** Returns the records of a production log. */
function records(stderr: string): LogLine[] {
  return stderr.trim().split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

function recordsOf(category: string, lines: LogLine[]): LogLine[] {
  return lines.filter(({ logger }) => logger === `assistants-mcp.${category}`);
}

/** Returns a record without its variable properties; asserts their types. */
function stableFields({ "@timestamp": at, durationMs, requestId, ...rest }: LogLine): LogLine {
  assert.ok(!Number.isNaN(Date.parse(String(at))));
  assert.equal(typeof durationMs, "number");
  assert.match(String(requestId), /^req_\w{24}$/);
  return rest;
}

Deno.test("the log has a record for each call, run and upstream request", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const server = new StdioProcess({
    ...upstreamSettings(folder, upstream),
    OPENAI_MAX_RETRIES: "1",
    LOG_LEVEL: "debug",
    ENVIRONMENT: "production",
  });
  await server.initialize();
  upstream.enqueue(
    status(503, { headers: { "retry-after": "0" } }),
    text("Here.", { usage: { input: 11, output: 7 } }),
  );
  const { run_id } = objectOf(await server.callTool("ask_assistant", { message: "Where?" }));
  errorOf(await server.callTool("get_thread", { thread_id: "thread_none" }));
  await server.endInput();
  const { stderr } = await server.ended();
  const lines = records(stderr);
  const { requestId } = await upstream.received(2);

  const asked = recordsOf("upstream", lines).filter(({ path }) => path !== undefined);
  assert.deepEqual(asked.map(stableFields).map(({ message: _, ...rest }) => rest), [{
    level: "DEBUG",
    logger: "assistants-mcp.upstream",
    method: "POST",
    path: "/v1/responses",
    status: 200,
    tries: 2,
    upstreamRequestId: requestId,
  }]);
  const runs = recordsOf("runs", lines);
  assert.deepEqual(runs.map(stableFields).map(({ message: _, ...rest }) => rest), [{
    level: "INFO",
    logger: "assistants-mcp.runs",
    run: run_id,
    tenant: "default",
    status: "completed",
    promptTokens: 11,
    completionTokens: 7,
    upstreamRequestId: requestId,
  }]);
  const calls = recordsOf("calls", lines);
  assert.deepEqual(calls.map(stableFields).map(({ message: _, ...rest }) => rest), [
    {
      level: "DEBUG",
      logger: "assistants-mcp.calls",
      tool: "ask_assistant",
      tenant: "default",
      outcome: "ok",
      upstreamRequestId: requestId,
    },
    {
      level: "DEBUG",
      logger: "assistants-mcp.calls",
      tool: "get_thread",
      tenant: "default",
      outcome: "404",
    },
  ]);
  const [call] = calls;
  assert.ok(call);
  assert.equal(runs[0]?.requestId, call.requestId);
  assert.equal(asked[0]?.requestId, call.requestId);
});

Deno.test(
  "at level info, only calls that fail with a server error are logged",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const server = new StdioProcess({
      ...upstreamSettings(folder, upstream),
      ENVIRONMENT: "production",
    });
    await server.initialize();
    upstream.enqueue(status(500), status(400));
    errorOf(await server.callTool("ask_openai", { query: "One." }));
    errorOf(await server.callTool("ask_openai", { query: "Two." }));
    objectOf(await server.callTool("create_thread"));
    await server.endInput();
    const { stderr } = await server.ended();
    const { requestId } = await upstream.received(1);
    assert.deepEqual(records(stderr).map(stableFields), [{
      level: "INFO",
      logger: "assistants-mcp.calls",
      message: `ask_openai: 500 in ${records(stderr)[0]?.durationMs} ms`,
      tool: "ask_openai",
      tenant: "default",
      outcome: "500",
      upstreamRequestId: requestId,
    }]);
  },
);

Deno.test(
  "over HTTP, every response has its request ID, which the log contains",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const server = await startHttp({
      ...upstreamSettings(folder, upstream),
      LOG_LEVEL: "debug",
      ENVIRONMENT: "production",
    });
    const ids: (string | null)[] = [];
    {
      await using _ = server;
      const call = (headers?: Record<string, string>) =>
        post(server.url, toolCall("create_thread"), headers && { headers });
      const answers = [
        await call(),
        await call({ "x-request-id": "trace-0123456789.abc" }),
        await call({ "x-request-id": "not a good one" }),
        await fetch(server.url),
        await fetch(new URL("/nowhere", server.url)),
        await call({ origin: "https://evil.example" }),
      ];
      for (const answer of answers) {
        await answer.body?.cancel();
        ids.push(answer.headers.get("x-request-id"));
      }
    }
    assert.equal(ids[1], "trace-0123456789.abc");
    for (const id of ids.filter((_, index) => index !== 1)) assert.match(id ?? "", /^req_\w{24}$/);
    assert.equal(new Set(ids).size, ids.length);
    const calls = recordsOf("calls", records(await server.stderr));
    assert.deepEqual(calls.map(({ requestId }) => requestId), ids.slice(0, 3));
  },
);

Deno.test(
  "over stdio, the error for an invalid argument has the request ID of its record",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const server = new StdioProcess({
      ...upstreamSettings(folder, upstream),
      LOG_LEVEL: "debug",
      ENVIRONMENT: "production",
    });
    await server.initialize();
    const refused = [
      await server.callTool("get_thread", {}),
      await server.callTool("get_thread", { thread: "thread_x" }),
    ];
    await server.endInput();
    const { stderr } = await server.ended();
    const logged = recordsOf("calls", records(stderr)).map(({ requestId }) => requestId);
    assert.equal(logged.length, 2);
    for (const [index, { content, _meta }] of refused.entries()) {
      const { request_id } = _meta?.["assistants-mcp/error"] as { request_id: unknown };
      assert.equal(request_id, logged[index]);
      assert.match(content[0]?.text ?? "", new RegExp(`\\nRequest id: ${request_id}$`));
    }
  },
);
