import assert from "node:assert/strict";
import { post, serveHttp, type TestServer } from "../kit/http_server.ts";
import { ManualClock } from "../kit/engine.ts";
import {
  failed,
  functionCalls,
  gate,
  hang,
  incomplete,
  status,
  text,
} from "../fakes/responses_server.ts";

// deno-lint-ignore no-explicit-any -- tests look into answers of every shape
type Json = any;

async function chat(server: TestServer, body: unknown): Promise<[status: number, body: Json]> {
  const response = await post(`${server.origin}/assistant/chat`, body);
  return [response.status, await response.json()];
}

async function call(
  server: TestServer,
  tool: string,
  args: unknown = {},
): Promise<[status: number, body: Json]> {
  const response = await post(`${server.origin}/mcp/call?tool_name=${tool}`, args);
  return [response.status, await response.json()];
}

/** The object that a call answers with. */
async function object(server: TestServer, tool: string, args: unknown = {}): Promise<Json> {
  const [status, body] = await call(server, tool, args);
  assert.equal(status, 200, JSON.stringify(body));
  return body.structuredContent;
}

/** Server-sent events as they come. */
async function* eventsOf(response: Response): AsyncGenerator<[event: string, data: Json]> {
  let rest = "";
  assert.ok(response.body);
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? assert.fail(block);
      yield [String(event), JSON.parse(String(data))];
    }
  }
}

Deno.test("GET /health says that the process is alive, also to HEAD", async () => {
  await using server = serveHttp();
  const response = await fetch(`${server.origin}/health`);
  assert.deepEqual(await response.json(), { status: "healthy", mcp_connected: true });
  assert.equal(response.headers.get("cache-control"), "no-store");
  const head = await fetch(`${server.origin}/health`, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

Deno.test("GET /ready asks the store each time and the model server once a minute", async () => {
  await using server = serveHttp();
  for (let count = 0; count < 3; count++) {
    const response = await fetch(`${server.origin}/ready`);
    assert.equal(response.status, 200);
    const ok = { store: "ok", key: "ok", upstream: "ok" };
    assert.deepEqual(await response.json(), { status: "ready", ...ok });
  }
  assert.deepEqual(server.upstream.requests.map(({ path }) => path), ["/models"]);
  await server.store.close();
  const response = await fetch(`${server.origin}/ready`);
  assert.equal(response.status, 503);
  const { status, store } = await response.json();
  assert.deepEqual([status, store], ["not_ready", "unreachable"]);
});

Deno.test("GET /ready says that the server's key is refused, and of callers' keys nothing", async () => {
  await using own = serveHttp({ acceptsKey: () => false });
  const response = await fetch(`${own.origin}/ready`);
  assert.equal(response.status, 503);
  assert.equal((await response.json()).key, "refused");
  await using callers = serveHttp({ acceptsKey: () => false, passthrough: { inUrl: false } });
  const there = await fetch(`${callers.origin}/ready`);
  assert.equal(there.status, 200);
  const { key, upstream } = await there.json();
  assert.deepEqual([key, upstream], ["of_callers", "ok"]);
});

Deno.test("POST /assistant/chat answers when the run has ended, and goes on with a thread", async () => {
  // The wait of MCP's calls is not that of this route.
  await using server = serveHttp({ waitS: 0.05 });
  const middle = gate();
  server.upstream.enqueue(text(["Hel", middle, "lo."]));
  const waiting = chat(server, { message: "Say hello", assistant_id: null });
  await middle.reached;
  const threads = await object(server, "list_threads");
  const runs = await object(server, "list_runs", { thread_id: threads.data[0].id });
  const [{ id: run_id, thread_id: open_thread }] = runs.data;
  const { run } = await object(server, "wait_for_run", { thread_id: open_thread, run_id });
  assert.equal(run.status, "in_progress");
  middle.open();
  const [code, turn] = await waiting;
  assert.equal(code, 200);
  assert.deepEqual([turn.status, turn.response], ["completed", "Hello."]);

  const { thread_id, assistant_id } = turn;
  const [again, next] = await chat(server, { message: "And again", thread_id, assistant_id });
  assert.deepEqual([again, next.thread_id, next.assistant_id], [200, thread_id, assistant_id]);
  assert.equal(next.response, 'You said: "And again".');
});

Deno.test("POST /assistant/chat answers with the status of the run", async () => {
  await using server = serveHttp();
  server.upstream.enqueue(
    incomplete("content_filter", "Well, "),
    failed({ code: "server_error", message: "The model has a cold." }),
    status(429, { body: { error: { message: "Slow down.", code: "rate_limit_exceeded" } } }),
  );
  const [cut, turn] = await chat(server, { message: "Hi" });
  assert.deepEqual([cut, turn.status, turn.response], [200, "incomplete", "Well, "]);
  assert.deepEqual(turn.incomplete_details, { reason: "content_filter" });
  for (const [code, said] of [["server_error", "a cold"], ["rate_limit_exceeded", "Slow down"]]) {
    const [failedStatus, { error }] = await chat(server, { message: "Hi" });
    assert.deepEqual([failedStatus, error.type, error.code], [502, "server_error", code]);
    assert.match(
      error.message,
      new RegExp(`^The run run_\\w+ on thread thread_\\w+ failed: .*${said}`),
    );
  }
});

Deno.test("POST /assistant/chat hands function calls to its caller, and tells of a cancelled run", async () => {
  await using server = serveHttp();
  const tools = [{ type: "function", function: { name: "weather" } }];
  const { id } = await object(server, "create_assistant", { model: "gpt-test", tools });
  server.upstream.enqueue(functionCalls([{ name: "weather", arguments: {} }]));
  const [asks, turn] = await chat(server, { message: "Rain?", assistant_id: id });
  assert.deepEqual([asks, turn.status], [200, "requires_action"]);
  assert.equal(turn.required_action.submit_tool_outputs.tool_calls[0].function.name, "weather");

  const middle = gate();
  server.upstream.enqueue(text(["It ", middle, "rains."]));
  const waiting = chat(server, { message: "Hi" });
  await middle.reached;
  const threads = await object(server, "list_threads");
  const thread_id = threads.data[0].id;
  const runs = await object(server, "list_runs", { thread_id });
  await object(server, "cancel_run", { thread_id, run_id: runs.data[0].id });
  const [cancelled, { error }] = await waiting;
  assert.deepEqual([cancelled, error.code], [409, "run_cancelled"]);
  middle.open();
});

Deno.test("POST /assistant/chat answers 504 when the run has expired, streamed or not", async () => {
  const clock = new ManualClock();
  await using server = serveHttp({ clock });
  for (const stream of [false, true]) {
    const script = hang(text(["Well, ", "no."]), 5);
    server.upstream.enqueue(script);
    const count = server.upstream.requests.length + 1;
    const waiting = post(`${server.origin}/assistant/chat`, { message: "Hi", stream });
    await server.upstream.received(count);
    if (stream) await waiting;
    clock.advance(600_000);
    const response = await waiting;
    assert.equal(response.status, stream ? 200 : 504);
    const error = stream
      ? (await Array.fromAsync(eventsOf(response))).find(([name]) => name === "error")?.[1].error
      : (await response.json()).error;
    assert.equal(error.code, "run_expired");
    assert.match(error.message, /^The run run_\w+ on thread thread_\w+ was not finished within/);
    await script.gone;
  }
});

Deno.test("POST /assistant/chat streams pieces of text, and then the answer", async () => {
  await using server = serveHttp();
  const middle = gate();
  server.upstream.enqueue(text(["Hel", middle, "lo."]));
  const response = await post(`${server.origin}/assistant/chat`, { message: "Hi", stream: true });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const events: [string, Json][] = [];
  for await (const event of eventsOf(response)) {
    events.push(event);
    // The rest comes after its first piece was told.
    if (event[1].text === "Hel") middle.open();
  }
  const [done] = events.slice(-1);
  assert.deepEqual(events.slice(0, -1), [["delta", { text: "Hel" }], ["delta", { text: "lo." }]]);
  assert.equal(done?.[0], "done");
  assert.deepEqual([done?.[1].status, done?.[1].response], ["completed", "Hello."]);
});

Deno.test("POST /assistant/chat streamed refuses with a status, and fails with an event", async () => {
  await using server = serveHttp();
  const stream = true;
  const [missing, { error }] = await chat(server, { message: "Hi", thread_id: "thread_x", stream });
  assert.deepEqual([missing, error.message], [404, "No thread found with id 'thread_x'."]);

  server.upstream.enqueue(failed({ code: "server_error", message: "No." }, ["Well, "]));
  const response = await post(`${server.origin}/assistant/chat`, { message: "Hi", stream });
  const events = await Array.fromAsync(eventsOf(response));
  assert.deepEqual(events.map(([name]) => name), ["delta", "error"]);
  assert.match(events[1]?.[1].error.message, /failed: No\. \(request id/);
});

Deno.test("POST /assistant/chat stops waiting when its client goes, and the run goes on", async () => {
  await using server = serveHttp();
  const middle = gate();
  server.upstream.enqueue(text(["Hel", middle, "lo."]));
  const response = await post(`${server.origin}/assistant/chat`, { message: "Hi", stream: true });
  await middle.reached;
  await response.body?.cancel();
  await server.service.calls.whenIdle(5000);
  middle.open();
  const thread_id = (await object(server, "list_threads")).data[0].id;
  const run_id = (await object(server, "list_runs", { thread_id })).data[0].id;
  const { run } = await object(server, "wait_for_run", { thread_id, run_id });
  assert.equal(run.status, "completed");
});

Deno.test("POST /mcp/tools lists what MCP lists", async () => {
  await using server = serveHttp();
  const response = await fetch(`${server.origin}/mcp/tools`, { method: "POST" });
  const list = await post(server.url, { jsonrpc: "2.0", id: 1, method: "tools/list" });
  assert.deepEqual(await response.json(), (await list.json()).result);
});

Deno.test("POST /mcp/call calls a tool by any of its names", async () => {
  await using server = serveHttp();
  const [code, body] = await call(server, "assistant-create", { name: "Ada", model: "gpt-test" });
  assert.equal(code, 200);
  assert.deepEqual(Object.keys(body), ["result", "structuredContent"]);
  assert.deepEqual(JSON.parse(body.result[0].text), body.structuredContent);
  const { id } = body.structuredContent;
  assert.equal((await object(server, "retrieve_assistant", { assistant_id: id })).name, "Ada");
  const empty = await fetch(`${server.origin}/mcp/call?tool_name=create_thread`, {
    method: "POST",
  });
  assert.match((await empty.json()).structuredContent.id, /^thread_/);
});

Deno.test("POST /mcp/call answers an error with its status and its words", async () => {
  await using server = serveHttp();
  const thread_id = "thread_x";
  server.upstream.enqueue(status(429, {
    headers: { "retry-after": "7" },
    body: { error: { message: "Slow down.", type: "tokens", code: "rate_limit_exceeded" } },
  }));
  const cases: [tool: string, args: unknown, status: number, said: RegExp][] = [
    ["create_robot", {}, 404, /^Unknown tool "create_robot"\. Did you mean/],
    ["", {}, 400, /tool_name/],
    ["get_thread", { thread_id }, 404, /^No thread found with id 'thread_x'\.$/],
    ["get_thread", {}, 400, /^Missing required argument 'thread_id'/],
    ["get_thread", { thread: "x" }, 400, /^Unknown argument 'thread'/],
    ["get_thread", ["thread_x"], 422, /JSON object/],
    ["ask_openai", { query: "Hi" }, 429, /^Slow down\.$/],
  ];
  for (const [tool, args, expected, said] of cases) {
    const response = await post(`${server.origin}/mcp/call?tool_name=${tool}`, args);
    const { error } = await response.json();
    assert.equal(response.status, expected, tool);
    assert.match(error.message, said);
    assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
    if (expected === 429) assert.equal(response.headers.get("retry-after"), "7");
  }
});

Deno.test("without its database the server says so, and stays up", async () => {
  await using server = serveHttp();
  await server.store.close();
  const paths = ["/mcp/tools", "/mcp/call?tool_name=create_thread", "/assistant/chat"];
  for (const path of paths) {
    const response = await post(server.origin + path, { message: "Hi" });
    const { error } = await response.json();
    assert.deepEqual([response.status, error.code], [503, "store_unreachable"], path);
    assert.equal(response.headers.get("retry-after"), "5");
  }
  const health = await fetch(`${server.origin}/health`);
  assert.equal(health.status, 200);
  await health.body?.cancel();
});
