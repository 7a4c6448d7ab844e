/** The clients that people have, behind one face: both versions of the SDK, over both transports. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import assert from "node:assert/strict";
import { minimalEnv, SERVER_ARGS, type ToolResult } from "./process.ts";

/** A server to be started with these settings, or one that listens. */
export type Target = { env: Record<string, string> } | { url: string };

export interface Notice {
  progress: number;
  total?: number;
  message?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (notice: Notice) => void;
}

export interface TestClient extends AsyncDisposable {
  /** Lists the tools, whose schemas the client holds results against from now on. */
  listTools(): Promise<{ name: string }[]>;
  callTool(
    name: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<ToolResult>;
}

export interface ClientKind {
  name: string;
  connect(target: Target): Promise<TestClient>;
}

const INFO = { name: "test", version: "1.0.0" };

export const CLIENT_KINDS: readonly ClientKind[] = [
  { name: "v2 client, 2025-11-25", connect: (target) => connectV2(target, "legacy") },
  { name: "v2 client, 2026-07-28", connect: (target) => connectV2(target, "modern") },
  { name: "v1 client", connect: connectV1 },
];

/** What the answer says, when it is no error. */
// deno-lint-ignore no-explicit-any -- see ToolResult
export function objectOf(result: ToolResult): any {
  assert.ok(!result.isError, JSON.stringify(result.content));
  assert.deepEqual(JSON.parse(textOf(result)), result.structuredContent);
  return result.structuredContent;
}

/** What an error says to the model, and to programs. */
export function errorOf(result: ToolResult): { text: string; fields: Record<string, unknown> } {
  assert.ok(result.isError, JSON.stringify(result.content));
  assert.equal(result.structuredContent, undefined);
  const fields = result._meta?.["assistants-mcp/error"];
  assert.ok(typeof fields === "object" && fields !== null);
  return { text: textOf(result), fields: { ...fields } };
}

export function textOf({ content }: ToolResult): string {
  return content.map(({ text = "" }) => text).join("");
}

async function connectV2(target: Target, era: "legacy" | "modern"): Promise<TestClient> {
  const client = new Client(
    INFO,
    era === "modern" ? { versionNegotiation: { mode: "auto" } } : {},
  );
  const transport = "url" in target
    ? new StreamableHTTPClientTransport(new URL(target.url))
    : new StdioClientTransport(command(target.env));
  await client.connect(transport);
  assert.equal(client.getProtocolEra(), era);
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args = {}, options) =>
      await client.callTool({ name, arguments: args }, options) as ToolResult,
    async [Symbol.asyncDispose]() {
      if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
      await client.close();
    },
  };
}

async function connectV1(target: Target): Promise<TestClient> {
  const client = new ClientV1(INFO);
  const transport = "url" in target
    ? new HttpV1(new URL(target.url))
    : new StdioV1(command(target.env));
  await client.connect(transport);
  return {
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args = {}, options) =>
      await client.callTool({ name, arguments: args }, undefined, options) as ToolResult,
    async [Symbol.asyncDispose]() {
      if (transport instanceof HttpV1) await transport.terminateSession();
      await client.close();
    },
  };
}

function command(env: Record<string, string>) {
  return {
    command: Deno.execPath(),
    args: SERVER_ARGS,
    env: { ...minimalEnv(), ...env },
    stderr: "inherit" as const,
  };
}
