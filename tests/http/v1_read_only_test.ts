import assert from "node:assert/strict";
import { ROUTES } from "../../src/shared/openai_routes.ts";
import { post, serveHttp } from "../kit/http_server.ts";

const READS = ["POST /responses/input_tokens", "POST /vector_stores/{vector_store_id}/search"];

const WRITES = [
  "POST /assistants",
  "DELETE /assistants/asst_1",
  "POST /threads",
  "POST /threads/runs",
  "POST /threads/thread_1/messages",
  "POST /threads/thread_1/runs",
  "POST /threads/thread_1/runs/run_1/cancel",
  "PUT /threads/thread_1",
  ...ROUTES.filter(({ api }) => api !== "assistants").flatMap(({ template, operations }) =>
    Object.keys(operations).map((method) => `${method} ${template}`)
      .filter((route) => !route.startsWith("GET") && !READS.includes(route))
  ),
];

Deno.test("READ_ONLY: nothing under /v1 writes", async () => {
  await using server = serveHttp({ readOnly: true });
  for (const route of WRITES) {
    const [method = "", path = ""] = route.replaceAll(/\{\w+\}/g, "a").split(" ");
    const response = await fetch(`${server.origin}/v1${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(method === "POST" && { body: "{}" }),
    });
    assert.equal(response.status, 403, route);
    assert.equal(response.headers.get("x-should-retry"), "false");
    const { error } = await response.json();
    assert.equal(error.code, "read_only", route);
    assert.match(error.message, /READ_ONLY/);
  }
  assert.deepEqual(server.upstream.requests, []);
});

Deno.test("READ_ONLY: what reads under /v1 is answered", async () => {
  await using server = serveHttp({ readOnly: true });
  const store = await post(`${server.upstream.url}/vector_stores`, { name: "Store" });
  const { id } = await store.json();
  for (const path of ["/assistants", "/threads", "/models", "/files", `/vector_stores/${id}`]) {
    const response = await fetch(`${server.origin}/v1${path}`);
    assert.equal(response.status, 200, path);
    await response.body?.cancel();
  }
  const found = await post(`${server.origin}/v1/vector_stores/${id}/search`, { query: "a" });
  assert.equal(found.status, 200);
  await found.body?.cancel();
});

Deno.test("READ_ONLY: the REST routes read, and neither chat nor call what writes", async () => {
  await using server = serveHttp({ readOnly: true });
  const chat = await post(`${server.origin}/assistant/chat`, { message: "Hi" });
  assert.equal(chat.status, 403);
  assert.equal((await chat.json()).error.code, "read_only");
  const call = await post(`${server.origin}/mcp/call?tool_name=create_thread`, {});
  assert.equal(call.status, 404);
  assert.match((await call.json()).error.message, /READ_ONLY/);
  const list = await post(`${server.origin}/mcp/call?tool_name=list_threads`, {});
  assert.deepEqual((await list.json()).structuredContent.data, []);
  const { tools } = await (await post(`${server.origin}/mcp/tools`, {})).json();
  assert.ok(tools.length > 0);
  for (const { name, annotations } of tools) assert.equal(annotations.readOnlyHint, true, name);
  assert.deepEqual(server.upstream.requests, []);
});
