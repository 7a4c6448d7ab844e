/** An outside client: a proxy that speaks HTTP+SSE to the server, with a header, and stdio to its own client. */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import assert from "node:assert/strict";
import { minimalEnv, offline, startHttp, tempFolder } from "./process.ts";

const PROXY = "mcp-remote@0.15.1";
const TOKEN = "0123456789abcdef-token";

Deno.test(
  "mcp-remote lists and calls over /sse with a header",
  { timeout: 120_000, sanitizeOps: false, sanitizeResources: false, ignore: !await hasProxy() },
  async () => {
    await using folder = await tempFolder();
    await using server = await startHttp({ ...offline(folder), MCP_AUTH_TOKEN: TOKEN }, [
      "--transport=sse",
    ]);
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(
      new StdioClientTransport({
        command: "npx",
        args: [
          ...["-y", PROXY, server.url.replace(/\/mcp$/, "/sse")],
          ...["--transport", "sse-only", "--allow-http"],
          ...["--header", `Authorization: Bearer ${TOKEN}`],
        ],
        env: { ...minimalEnv(), MCP_REMOTE_CONFIG_DIR: folder.path },
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

/** Whether npx is there and can have the package. */
async function hasProxy(): Promise<boolean> {
  try {
    const { stdout, stderr } = await new Deno.Command("npx", {
      args: ["-y", PROXY],
      env: { npm_config_fetch_retries: "0", npm_config_fetch_timeout: "15000" },
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    const decoder = new TextDecoder();
    if (/usage/i.test(decoder.decode(stdout) + decoder.decode(stderr))) return true;
  } catch {
    // There is no npx.
  }
  // deno-lint-ignore no-console -- a test that is skipped says why
  console.error(`${PROXY} cannot be had with npx: the test with it is skipped.`);
  return false;
}
