import assert from "node:assert/strict";
import { createMcpHandler } from "@modelcontextprotocol/server";
import {
  ActiveCalls,
  createInventory,
  createServer,
  createToolsListResponder,
} from "../../src/mcp/mod.ts";
import { tools } from "../../src/tools/mod.ts";

const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

const inventory = createInventory(tools);
const respondToToolsList = createToolsListResponder(inventory);

function list(params?: unknown): Record<string, unknown> {
  return { jsonrpc: "2.0", id: "a", method: "tools/list", ...(params !== undefined && { params }) };
}

function answer(message: unknown, headers?: Record<string, string>): unknown {
  const bytes = respondToToolsList(message, headers && new Headers(headers));
  return bytes && JSON.parse(new TextDecoder().decode(bytes));
}

/** Returns the SDK's own response. */
async function sdkAnswer(message: unknown, headers: Record<string, string>): Promise<unknown> {
  const service = {
    inventory,
    backendOf: () => Promise.reject(new Error("unused")),
    defaultModel: "",
    defaultImageModel: "",
    folders: { readable: undefined, images: undefined },
    waitS: 1,
    calls: new ActiveCalls(),
  };
  const handler = createMcpHandler(() => createServer(service, { tenant: "default" }));
  const response = await handler.fetch(
    new Request("http://127.0.0.1/mcp", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify(message),
    }),
  );
  const text = await response.text();
  await handler.close();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
}

Deno.test("the prepared list equals the SDK's response, in both eras", async () => {
  const modern = list({ _meta: ENVELOPE });
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
  assert.deepEqual(answer(modern, headers), await sdkAnswer(modern, headers));
  assert.deepEqual(answer(list()), await sdkAnswer(list(), {}));
});

Deno.test("the prepared list answers plain, valid requests only", () => {
  assert.notEqual(answer(list()), undefined);
  assert.notEqual(answer(list({ _meta: { progressToken: 1 } })), undefined);
  const others = [
    null,
    [],
    { ...list(), method: "tools/call" },
    { ...list(), id: null },
    { ...list(), id: 1.5 },
    { ...list(), jsonrpc: "1.0" },
    { jsonrpc: "2.0", method: "tools/list" },
    list([]),
    list({ cursor: "x" }),
    list({ _meta: 1 }),
    list({ _meta: { ...ENVELOPE, "io.modelcontextprotocol/clientCapabilities": 1 } }),
    list({ _meta: { ...ENVELOPE, "io.modelcontextprotocol/protocolVersion": "2030-01-01" } }),
    list({ _meta: { ...ENVELOPE, "io.modelcontextprotocol/clientInfo": {} } }),
    list({ _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }),
  ];
  for (const message of others) assert.equal(answer(message), undefined, JSON.stringify(message));
});

Deno.test("the prepared list leaves messages that contradict their headers to the SDK", () => {
  const modern = list({ _meta: ENVELOPE });
  assert.equal(answer(modern, {}), undefined);
  assert.equal(answer(modern, { "mcp-protocol-version": "2026-07-28" }), undefined);
  assert.equal(
    answer(modern, { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call" }),
    undefined,
  );
  assert.equal(answer(list(), { "mcp-protocol-version": "2026-07-28" }), undefined);
  assert.notEqual(answer(list(), { "mcp-protocol-version": "2025-11-25" }), undefined);
});
