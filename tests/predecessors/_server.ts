/** The real server over standard streams, as its users start it, with a scripted upstream. */

import assert from "node:assert/strict";
import { upstreamSettings } from "../kit/every_client.ts";
import { StdioProcess, tempFolder, type ToolResult } from "../kit/process.ts";
import { type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";

export interface Started extends AsyncDisposable {
  server: StdioProcess;
  upstream: ResponsesServer;
  /** The object that a call returns. */
  call(name: string, args?: Record<string, unknown>): Promise<Json>;
  /** What the model reads of a call that is refused. */
  refusal(name: string, args?: Record<string, unknown>): Promise<Refusal>;
}

// deno-lint-ignore no-explicit-any -- tests look into objects of every shape
export type Json = any;

export interface Refusal {
  text: string;
  fields: Record<string, unknown>;
}

/** A server past its handshake. */
export async function start(env: Record<string, string> = {}): Promise<Started> {
  const folder = await tempFolder();
  const upstream = startResponsesServer();
  const server = new StdioProcess({ ...upstreamSettings(folder, upstream), ...env });
  await server.initialize();
  return {
    server,
    upstream,
    call: async (name, args) => objectOf(await server.callTool(name, args)),
    refusal: async (name, args) => refusalOf(await server.callTool(name, args)),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await upstream.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Reads a result as a client does that knows text only, and as one that knows objects. */
export function objectOf({ isError, content, structuredContent }: ToolResult): Json {
  assert.ok(!isError, JSON.stringify(content));
  const object = JSON.parse(content.map(({ text }) => text).join(""));
  assert.deepEqual(structuredContent, object);
  return object;
}

function refusalOf({ isError, content, _meta }: ToolResult): Refusal {
  assert.equal(isError, true, JSON.stringify(content));
  const fields = _meta?.["assistants-mcp/error"];
  assert.ok(typeof fields === "object" && fields !== null);
  return { text: content.map(({ text }) => text).join(""), fields: { ...fields } };
}

/** What a call says while it goes on, and its object at the end. */
export async function follow(
  { server }: Started,
  name: string,
  args: Record<string, unknown>,
  onProgress: (told: string) => void = () => {},
): Promise<{ told: string; object: Json }> {
  const id = crypto.randomUUID();
  await server.send({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: args, _meta: { progressToken: id } },
  });
  let told = "";
  for (;;) {
    const message = await server.next();
    assert.ok(message, "the server ended before it answered");
    if (message.id === id) return { told, object: objectOf(message.result) };
    assert.equal(message.method, "notifications/progress");
    assert.equal(message.params.progressToken, id);
    told += message.params.message;
    onProgress(told);
  }
}
