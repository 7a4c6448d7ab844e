// deno-lint-ignore-file no-console -- command-line script
/**
 * `deno task smoke COMMAND [ARGUMENTS]`: tests the server that a command starts over stdio: the
 * handshake, the list of tools, and a conversation with the offline model.
 */

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import assert from "node:assert/strict";
import { VERSION } from "../src/shared/version.ts";

/**
 * Tests the server in an empty folder and returns a summary.
 *
 * @param env environment in addition to the settings for the offline model
 */
async function smoke(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "assistants-mcp-smoke-" });
  try {
    return await converse(command, args, {
      OPENAI_BASE_URL: "offline:",
      XDG_DATA_HOME: folder,
      LOCALAPPDATA: folder,
      ...env,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function converse(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const client = new Client({ name: "smoke", version: VERSION });
  const transport = new StdioClientTransport({ command, args: [...args], env });
  try {
    await client.connect(transport);
    const server = client.getServerVersion();
    assert.deepEqual([server?.name, server?.version], ["assistants-mcp", VERSION]);

    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    assert.ok(names.includes("ask_assistant"), names.join(" "));

    const first = await ask(client, { message: "I am in Oslo." });
    const second = await ask(client, { message: "Where am I?", thread_id: first.thread_id });
    assert.equal(second.thread_id, first.thread_id);
    assert.match(String(second.response), /Before that you wrote "I am in Oslo\."/);
    return `assistants-mcp ${VERSION}: ${tools.length} tools, and a conversation of two questions`;
  } finally {
    await client.close();
  }
}

async function ask(
  client: Client,
  args: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { structuredContent } = await client.callTool({ name: "ask_assistant", arguments: args });
  const answer = { ...structuredContent as object } as Record<string, unknown>;
  assert.equal(answer.status, "completed", JSON.stringify(answer));
  return answer;
}

if (import.meta.main) {
  const [command, ...args] = Deno.args;
  if (command === undefined) {
    console.error(
      "Usage: deno task smoke COMMAND [ARGUMENTS], such as deno task smoke dist/assistants-mcp",
    );
    Deno.exit(2);
  }
  console.log(await smoke(command, args));
}
