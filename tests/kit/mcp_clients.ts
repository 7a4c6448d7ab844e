/** The clients that people have, behind one face: both versions of the SDK, over both transports. */

import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import assert from "node:assert/strict";
import { denoArgs } from "../../scripts/start.ts";
import { minimalEnv, type ToolResult } from "./process.ts";

/** A server to be started with these settings, or one that listens: at `/sse`, or at `/mcp`. */
export type Target =
  | { env: Record<string, string> }
  | { url: string; headers?: Record<string, string> };

export interface Notice {
  progress: number;
  total?: number;
  message?: string;
}

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (notice: Notice) => void;
}

// deno-lint-ignore no-explicit-any -- tests look into answers of every shape
type Answer = Promise<any>;

/** What a client asks beside its calls, as both SDKs have it. */
export interface Reader {
  listResources(): Answer;
  listResourceTemplates(): Answer;
  readResource(params: { uri: string }): Answer;
  listPrompts(): Answer;
  getPrompt(params: { name: string; arguments?: Record<string, string> }): Answer;
  complete(params: {
    ref: { type: "ref/prompt"; name: string } | { type: "ref/resource"; uri: string };
    argument: { name: string; value: string };
    context?: { arguments: Record<string, string> };
  }): Answer;
}

export interface TestClient extends AsyncDisposable {
  reader: Reader;
  /** Lists the tools, whose schemas the client holds results against from now on. */
  listTools(): Promise<{ name: string }[]>;
  callTool(
    name: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<ToolResult>;
  /**
   * Resolves when the answers to all requests have begun. Deno's fetch keeps its connection when it is
   * aborted while the head of the answer is coming in, so that nobody learns of it.
   */
  begun(): Promise<void>;
}

export interface ClientKind {
  name: string;
  connect(target: Target): Promise<TestClient>;
}

/**
 * The streams of cancelled calls end with the session. Both clients would then come back to each,
 * and of the timers for that they clear one when they close.
 */
const NO_RETURN = {
  reconnectionOptions: {
    maxRetries: 0,
    initialReconnectionDelay: 1000,
    maxReconnectionDelay: 1000,
    reconnectionDelayGrowFactor: 1,
  },
};

/** A fetch that knows which of its answers are still to begin. */
class Requests {
  readonly #waiting = new Set<Promise<Response>>();

  readonly fetch = (url: string | URL, init?: RequestInit): Promise<Response> => {
    const answer = fetch(url, init);
    this.#waiting.add(answer);
    const begun = () => this.#waiting.delete(answer);
    answer.then(begun, begun);
    return answer;
  };

  async begun(): Promise<void> {
    await Promise.allSettled(this.#waiting);
  }
}

const INFO = { name: "test", version: "1.0.0" };

const LEGACY_KINDS: readonly ClientKind[] = [
  { name: "v2 client, 2025-11-25", connect: (target) => connectV2(target, "legacy") },
  { name: "v1 client", connect: connectV1 },
];

export const CLIENT_KINDS: readonly ClientKind[] = [
  ...LEGACY_KINDS,
  { name: "v2 client, 2026-07-28", connect: (target) => connectV2(target, "modern") },
];

/** Those for which HTTP+SSE is still a transport. */
export const SSE_CLIENT_KINDS = LEGACY_KINDS;

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
  const requests = new Requests();
  const client = new Client(
    INFO,
    era === "modern" ? { versionNegotiation: { mode: "auto" } } : {},
  );
  const transport = "env" in target
    ? new StdioClientTransport(command(target.env))
    : isSse(target)
    ? new SSEClientTransport(new URL(target.url), requestInit(target))
    : new StreamableHTTPClientTransport(new URL(target.url), {
      ...requestInit(target),
      ...NO_RETURN,
      fetch: requests.fetch,
    });
  await client.connect(transport);
  assert.equal(client.getProtocolEra(), era);
  return {
    reader: client,
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args = {}, options) =>
      await client.callTool({ name, arguments: args }, options) as ToolResult,
    begun: () => requests.begun(),
    async [Symbol.asyncDispose]() {
      if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
      await client.close();
    },
  };
}

async function connectV1(target: Target): Promise<TestClient> {
  const requests = new Requests();
  const client = new ClientV1(INFO);
  const transport = "env" in target
    ? new StdioV1(command(target.env))
    : isSse(target)
    ? new SseV1(new URL(target.url), requestInit(target))
    : new HttpV1(new URL(target.url), {
      ...requestInit(target),
      ...NO_RETURN,
      fetch: requests.fetch,
    });
  await client.connect(transport);
  return {
    reader: client,
    listTools: async () => (await client.listTools()).tools,
    callTool: async (name, args = {}, options) =>
      await client.callTool({ name, arguments: args }, undefined, options) as ToolResult,
    begun: () => requests.begun(),
    async [Symbol.asyncDispose]() {
      if (transport instanceof HttpV1) await transport.terminateSession();
      await client.close();
    },
  };
}

function requestInit({ headers = {} }: { headers?: Record<string, string> }) {
  return { requestInit: { headers } };
}

function isSse({ url }: { url: string }): boolean {
  return url.endsWith("/sse");
}

function command(env: Record<string, string>) {
  return {
    command: Deno.execPath(),
    args: denoArgs([], { ...minimalEnv(), ...env }),
    env: { ...minimalEnv(), ...env },
    stderr: "inherit" as const,
  };
}
