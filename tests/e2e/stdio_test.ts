import assert from "node:assert/strict";
import { objectOf } from "../kit/mcp_clients.ts";
import { offline, StdioProcess, tempFolder } from "../kit/process.ts";

const MODERN = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

Deno.test("over stdio what is no message is answered or skipped, and the next request works", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();

  const refusals: [string, number][] = [
    ["this is not JSON\n", -32700],
    ['{"jsonrpc":"2.0","id":1,"method":"tools/li\n', -32700],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n', -32600],
    ["[]\n", -32600],
    ["5\n", -32600],
    ["null\n", -32600],
    ['{"id":1,"method":"ping"}\n', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}\n', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":5}\n', -32600],
  ];
  for (const [line, code] of refusals) {
    await server.write(line);
    const { id, error } = await server.next();
    assert.deepEqual([id, error.code], [null, code], line);
    assert.deepEqual((await server.request(2, "ping")).result, {});
  }

  await server.write("\n  \n\r\n");
  assert.deepEqual((await server.request(3, "ping")).result, {});
  assert.equal((await server.request(4, "no/such/method")).error.code, -32601);
  assert.equal(
    (await server.request(5, "tools/call", { name: "no_such_tool" })).error.code,
    -32602,
  );
  assert.deepEqual((await server.request(6, "ping")).result, {});
});

Deno.test("over stdio a line of 64 MiB is discarded while it is read", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const before = await rssMb(server.child.pid);
  const piece = new Uint8Array(1024 * 1024).fill(97);
  for (let sent = 0; sent < 64; sent++) await server.write(piece);
  await server.write("\n");
  const { id, error } = await server.next();
  assert.deepEqual([id, error.code], [null, -32700]);
  assert.deepEqual((await server.request(1, "ping")).result, {});
  if (before !== undefined) {
    const after = await rssMb(server.child.pid);
    assert.ok((after ?? 0) - before < 60, `memory went from ${before} to ${after} MB`);
  }
});

Deno.test("over stdio notifications are never answered", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  await server.send({ jsonrpc: "2.0", method: "notifications/roots/list_changed" });
  await server.send({ jsonrpc: "2.0", method: "notifications/made/up", params: {} });
  await server.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 99 },
  });
  await server.send({ jsonrpc: "2.0", id: "last", method: "ping" });
  assert.equal((await server.next()).id, "last");
});

Deno.test("over stdio the 2026-07-28 era needs no handshake", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  const unknown = await server.request(0, "tools/list", {
    _meta: { ...MODERN, "io.modelcontextprotocol/protocolVersion": "2030-01-01" },
  });
  assert.equal(unknown.error.code, -32022);
  const discovered = await server.request(1, "server/discover", { _meta: MODERN });
  assert.deepEqual(discovered.result.supportedVersions, ["2026-07-28"]);
  const list = await server.request(2, "tools/list", { _meta: MODERN });
  assert.equal(list.result.resultType, "complete");
  assert.equal(list.result.cacheScope, "public");
  const called = await server.request(3, "tools/call", {
    name: "create_thread",
    arguments: {},
    _meta: MODERN,
  });
  assert.match(called.result.structuredContent.id, /^thread_/);
});

Deno.test("over stdio requests that were piped in are answered before the process ends", async () => {
  await using folder = await tempFolder();
  const server = new StdioProcess(offline(folder));
  await server.send({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "create_thread" },
  });
  await server.write(JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/list" }));
  await server.endInput();
  const { code, rest, stderr } = await server.ended();
  assert.equal(code, 0);
  assert.deepEqual(rest.map((line) => JSON.parse(line).id).toSorted(), [1, 2]);
  assert.equal(stderr, "");
});

Deno.test("over stdio 200 calls at once are all answered", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const names = Array.from({ length: 200 }, (_, index) => `Assistant ${index}`);
  const created = await server.callTools(
    names.map((name) => ["create_assistant", { name }]),
  );
  assert.deepEqual(created.map((result) => objectOf(result).name), names);
  const found = await server.callTools(
    created.map((result) => ["get_assistant", { assistant_id: objectOf(result).id }]),
  );
  assert.deepEqual(found, created);
});

Deno.test("over stdio a long text comes back whole, wherever it was cut", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const { id: thread_id } = objectOf(await server.callTool("create_thread"));
  const content = "Gr\u00fc\u00dfe \u{1f44b}\u{1f3fd}\n\u2028".repeat(20_000);
  const message = { thread_id, role: "user", content };
  const { id: message_id } = objectOf(await server.callTool("create_message", message));
  const read = objectOf(await server.callTool("get_message", { thread_id, message_id }));
  assert.equal(read.content[0].text.value, content);
});

Deno.test("over stdio an argument may come as a string of JSON", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const { metadata, tools, temperature, name } = objectOf(
    await server.callTool("create_assistant", {
      name: '{"not":"parsed"}',
      metadata: '{"team":"docs"}',
      tools: '[{"type":"function","function":{"name":"weather","parameters":"{}"}}]',
      temperature: "0.5",
    }),
  );
  assert.deepEqual(metadata, { team: "docs" });
  assert.equal(tools[0].function.name, "weather");
  assert.deepEqual(tools[0].function.parameters, {});
  assert.equal(temperature, 0.5);
  assert.equal(name, '{"not":"parsed"}');
});

Deno.test("over stdio tools answer to the names that other servers gave them", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess(offline(folder));
  await server.initialize();
  const { result } = await server.request(1, "tools/list");
  const listed = result.tools.map(({ name }: { name: string }) => name);
  const assistant = objectOf(await server.callTool("assistant-create", { name: "Guide" }));
  const { id: assistant_id } = assistant;
  for (const name of ["retrieve_assistant", "assistant-get", "get-assistant"]) {
    assert.deepEqual(objectOf(await server.callTool(name, { assistant_id })), assistant, name);
    assert.ok(!listed.includes(name), name);
  }
  for (const name of ["update_assistant", "assistant-update"]) {
    objectOf(await server.callTool(name, { assistant_id, name }));
  }
  const { data } = objectOf(await server.callTool("assistant-list"));
  assert.deepEqual(data.map((each: { name: string }) => each.name), ["assistant-update"]);
  assert.match(
    objectOf(await server.callTool("ask-openai", { query: "Hello" })).text,
    /offline model/,
  );
});

Deno.test("over stdio nothing but JSON-RPC is on standard output, whatever is logged", async () => {
  await using folder = await tempFolder();
  for (const environment of ["development", "production"]) {
    const server = new StdioProcess({
      ...offline(folder),
      OPENAI_API_KEY: "sk-test-0123456789",
      OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
      OPENAI_MAX_RETRIES: "0",
      LOG_LEVEL: "debug",
      ENVIRONMENT: environment,
    });
    for (const name of ["create_thread", "ask_openai", "ask_assistant", "get_thread"]) {
      await server.send({
        jsonrpc: "2.0",
        id: name,
        method: "tools/call",
        params: { name, arguments: { query: "Hello" } },
      });
    }
    await server.write("not JSON\n");
    await server.endInput();
    const { code, rest, stderr } = await server.ended();
    assert.equal(code, 0);
    assert.equal(rest.length, 5);
    for (const line of rest) assert.equal(JSON.parse(line).jsonrpc, "2.0", line);
    const logged = stderr.trim().split("\n");
    assert.ok(logged.length >= 4, stderr);
    if (environment === "production") logged.forEach((line) => JSON.parse(line));
  }
});

for (const how of ["the end of its input", "SIGTERM", "SIGINT"] as const) {
  Deno.test(`over stdio the server is gone within a second of ${how}`, async () => {
    await using folder = await tempFolder();
    const server = new StdioProcess(offline(folder));
    await server.initialize();
    const { result } = await server.request(1, "tools/call", { name: "create_thread" });
    assert.match(result.structuredContent.id, /^thread_/);
    const startedAt = performance.now();
    if (how === "the end of its input") await server.endInput();
    else server.child.kill(how);
    const { code, rest } = await server.ended();
    assert.ok(performance.now() - startedAt < 1000);
    assert.equal(code, 0);
    assert.deepEqual(rest, []);
  });
}

async function rssMb(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
