/** `GET /metrics` of a running server: its values after known work, and access to it. */

import assert from "node:assert/strict";
import { upstreamSettings } from "../kit/every_client.ts";
import { openSession, post, toolCall } from "../kit/http_server.ts";
import { type HttpProcess, startHttp, tempFolder } from "../kit/process.ts";
import { startResponsesServer, status, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

const TOKEN = "metrics-token-0123456789";

/** Returns the samples by name and labels. */
async function samples(server: HttpProcess): Promise<Record<string, number>> {
  const response = await fetch(new URL("/metrics", server.url));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const body = await response.text();
  const lines = body.trimEnd().split("\n").filter((line) => !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => {
    const [, name = "", value] = /^([a-z_]+(?:\{[^}]*\})?) ([\d.e+-]+)$/.exec(line) ?? [];
    assert.ok(name, line);
    return [name, Number(value)];
  }));
}

Deno.test(
  "/metrics counts calls, runs, tokens, upstream requests and sessions",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using server = await startHttp({
      ...upstreamSettings(folder, upstream),
      OPENAI_MAX_RETRIES: "1",
    });
    const fresh = await samples(server);
    assert.equal(fresh.assistants_mcp_sessions_open, 0);
    assert.equal(fresh.assistants_mcp_upstream_retries_total, 0);

    upstream.enqueue(
      status(503, { headers: { "retry-after": "0" } }),
      text("Here.", { usage: { input: 11, output: 7 } }),
      status(400),
    );
    for (
      const [name, args] of [
        ["ask_assistant", { message: "Where?" }],
        ["ask_openai", { query: "Why?" }],
        ["retrieve_thread", { thread_id: "thread_none" }],
        ["create_thread", {}],
        ["create_thread", {}],
      ] as const
    ) await (await post(server.url, toolCall(name, args))).text();
    await openSession(server.url);

    const after = await samples(server);
    const expected = {
      'tool_calls_total{tool="ask_assistant",outcome="ok"}': 1,
      'tool_calls_total{tool="ask_openai",outcome="400"}': 1,
      'tool_calls_total{tool="get_thread",outcome="404"}': 1,
      'tool_calls_total{tool="create_thread",outcome="ok"}': 2,
      'tool_call_duration_seconds_bucket{tool="create_thread",le="+Inf"}': 2,
      'tool_call_duration_seconds_count{tool="create_thread"}': 2,
      'runs_total{status="completed"}': 1,
      runs_active: 0,
      'run_tokens_total{kind="prompt"}': 11,
      'run_tokens_total{kind="completion"}': 7,
      'upstream_requests_total{status="200"}': 1,
      'upstream_requests_total{status="400"}': 1,
      upstream_request_duration_seconds_count: 2,
      upstream_retries_total: 1,
      upstream_queue_length: 0,
      sessions_open: 1,
      'http_responses_total{status="200"}': 7,
    };
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(after[`assistants_mcp_${name}`], value, name);
    }
    assert.ok((after.process_resident_memory_bytes ?? 0) > 10_000_000);
    assert.ok(Math.abs((after.process_start_time_seconds ?? 0) - Date.now() / 1000) < 60);
  },
);

Deno.test(
  "/metrics is open to the local machine, and requires the token from elsewhere",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const env = upstreamSettings(folder, upstream);
    const proxied = { "x-forwarded-for": "203.0.113.7" };
    const ask = async (server: HttpProcess, headers: Record<string, string>) => {
      const response = await fetch(new URL("/metrics", server.url), { headers });
      const body = await response.text();
      return response.status === 200 ? body.slice(0, 6) : JSON.parse(body).error.code;
    };
    {
      await using open = await startHttp(env);
      assert.equal(await ask(open, {}), "# HELP");
      assert.equal(await ask(open, proxied), "metrics_not_allowed");
      assert.equal(await ask(open, { origin: "https://evil.example" }), "origin_not_allowed");
    }
    await using closed = await startHttp({ ...env, MCP_AUTH_TOKEN: TOKEN });
    assert.equal(await ask(closed, {}), "# HELP");
    assert.equal(await ask(closed, proxied), "invalid_token");
    assert.equal(
      await ask(closed, { ...proxied, authorization: `Bearer ${TOKEN}x` }),
      "invalid_token",
    );
    assert.equal(await ask(closed, { ...proxied, authorization: `Bearer ${TOKEN}` }), "# HELP");
  },
);
