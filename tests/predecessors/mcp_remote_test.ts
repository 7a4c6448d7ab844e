/** An outside client: a proxy that speaks HTTP+SSE to the server, with a header, and stdio to its own client. */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import assert from "node:assert/strict";
import { npxProgram } from "../kit/npx.ts";
import { minimalEnv } from "../kit/process.ts";
import { freePort } from "../kit/ports.ts";
import { startWith } from "./_http.ts";

const VERSION = "0.15.1";
const PROXY = `mcp-remote@${VERSION}`;
const TOKEN = "0123456789abcdef-token";
const KEY = "sk-of-the-caller-0123456789";

const WAYS: { header: string; env: Record<string, string> }[] = [
  { header: `Authorization: Bearer ${TOKEN}`, env: { MCP_AUTH_TOKEN: TOKEN } },
  { header: `X-OpenAI-API-Key: ${KEY}`, env: { MCP_CREDENTIALS_PASSTHROUGH: "true" } },
];

const ignore = await npxProgram("mcp-remote", VERSION) === undefined;

for (const { header, env } of WAYS) {
  const [name] = header.split(":");
  // Row P2.6 of the predecessors.
  Deno.test(
    `mcp-remote lists and calls tools over /sse with the header ${name}`,
    { timeout: 120_000, sanitizeOps: false, sanitizeResources: false, ignore },
    async () => {
      await using started = await startWith(
        { TRANSPORT: "sse", HOST: "127.0.0.1", PORT: String(freePort()), ...env },
        { acceptsKey: (key) => key === KEY || key === "sk-test-0123456789" },
      );
      const client = new Client({ name: "test", version: "1.0.0" });
      await client.connect(
        new StdioClientTransport({
          command: "npx",
          args: [
            ...["-y", PROXY, `${started.origin}/sse`],
            ...["--transport", "sse-only", "--allow-http", "--header", header],
          ],
          env: { ...minimalEnv(), MCP_REMOTE_CONFIG_DIR: started.folder },
          stderr: "ignore",
        }),
      );
      try {
        const { tools } = await client.listTools();
        assert.ok(tools.some(({ name }) => name === "ask_assistant"));
        const { content } = await client.callTool({ name: "create_thread", arguments: {} });
        assert.match(JSON.stringify(content), /thread_/);
      } finally {
        await client.close();
      }
    },
  );
}
