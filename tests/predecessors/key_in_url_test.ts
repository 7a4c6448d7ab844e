/** What users of the TypeScript server typed: curl, with the key in the address. */

import assert from "node:assert/strict";
import { freePort } from "../kit/ports.ts";
import { startWith } from "./_http.ts";

const KEY = "sk-proj-of-the-caller-0123456789";
const ORIGIN = "https://app.example";

// Row P3.2 of the predecessors.
Deno.test("two documented curl commands work at /mcp/{key}", { timeout: 30_000 }, async () => {
  await using started = await startWith({
    TRANSPORT: "streamable-http",
    PORT: String(freePort()),
    MCP_CREDENTIALS_PASSTHROUGH: "true",
    MCP_KEY_IN_URL: "true",
    BACKEND_CORS_ORIGINS: ORIGIN,
  }, { acceptsKey: (key) => key === KEY });
  const { origin, upstream, server } = started;

  const list = await curl(
    `${origin}/mcp/${KEY}`,
    `{
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list"
  }`,
  );
  assert.ok(list.body.result.tools.length >= 22);

  const call = await curl(
    `${origin}/mcp/${KEY}`,
    `{
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {
      "name": "assistant-create",
      "arguments": {"model": "gpt-4", "name": "My Assistant", "instructions": "You are helpful"}
    }
  }`,
  );
  const { id, name } = call.body.result.structuredContent;
  assert.deepEqual([call.body.id, name], [2, "My Assistant"]);

  const ask = await curl(
    `${origin}/mcp/${KEY}`,
    `{"jsonrpc": "2.0", "id": 3,
    "method": "tools/call", "params": {"name": "ask_assistant",
    "arguments": {"assistant_id": "${id}", "model": "gpt-test", "message": "Hi"}}}`,
  );
  assert.equal(ask.body.result.structuredContent.response, 'You said: "Hi".');
  const keys = upstream.requests.map(({ headers }) => headers.authorization);
  assert.deepEqual([...new Set(keys)], [`Bearer ${KEY}`]);

  for (const [from, allowed] of [[ORIGIN, ORIGIN], ["https://evil.example", null]] as const) {
    const preflight = await fetch(`${origin}/mcp/${KEY}`, {
      method: "OPTIONS",
      headers: { origin: from, "access-control-request-method": "POST" },
    });
    assert.equal(preflight.headers.get("access-control-allow-origin"), allowed);
    await preflight.body?.cancel();
  }

  const refused = await fetch(`${origin}/mcp/${KEY}x`, { method: "POST", body: "{}" });
  assert.equal(refused.status, 401);
  const text = await refused.text();
  assert.match(text, /Incorrect API key/);
  server.child.kill("SIGTERM");
  await server.child.status;
  for (const said of [text, await server.stderr, await server.stdout]) {
    assert.ok(!said.includes(KEY), said);
  }
});

/** As `curl -X POST URL -H "Content-Type: application/json" -d BODY` asks; and what it needs of the answer. */
async function curl(url: string, body: string) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "*/*" },
    body,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(response.headers.get("mcp-session-id"), null);
  return { body: await response.json() };
}
