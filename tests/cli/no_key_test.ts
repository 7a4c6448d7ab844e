import assert from "node:assert/strict";
import { errorOf } from "../kit/mcp_clients.ts";
import { offline, startHttp, StdioProcess, tempFolder } from "../kit/process.ts";

Deno.test("without a key the server starts, and calls that need one name the setting", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess({ DATABASE_URL: `sqlite:${folder.path}/test.db` });
  await server.initialize();
  assert.ok((await server.request(1, "tools/list")).result.tools.length > 20);

  const { structuredContent: assistant } = await server.callTool("create_assistant");
  assert.match(assistant.id, /^asst_/);
  const { structuredContent: thread } = await server.callTool("create_thread");
  const run = { assistant_id: assistant.id, thread_id: thread.id };
  const calls: [string, Record<string, unknown>][] = [
    ["ask_openai", { query: "Hello" }],
    ["list_models", {}],
    ["create_run", run],
    ["create_run", { ...run, stream: true }],
    ["create_thread_and_run", { assistant_id: assistant.id }],
    ["ask_assistant", { message: "Hello" }],
  ];
  for (const [name, args] of calls) {
    const { text, fields } = errorOf(await server.callTool(name, args));
    assert.match(text, /^There is no API key\. Set OPENAI_API_KEY, .*--offline/, name);
    const { status, code, retryable } = fields;
    assert.deepEqual([status, code, retryable], [401, "missing_api_key", false], name);
  }
  const { structuredContent: runs } = await server.callTool("list_runs", { thread_id: thread.id });
  assert.deepEqual(runs.data, [], "a run that cannot start must not be stored");
});

Deno.test("a server over HTTP prints a notice if a required key is missing", async () => {
  await using folder = await tempFolder();
  const env = { DATABASE_URL: `sqlite:${folder.path}/test.db` };
  const notice = "assistants-mcp: OPENAI_API_KEY is not set: ";
  const cases: [Record<string, string>, boolean][] = [
    [env, true],
    [offline(folder), false],
    [{ ...env, MCP_CREDENTIALS_PASSTHROUGH: "true" }, false],
    [{ ...env, OPENAI_API_KEY: "sk-a-key-of-nobody" }, false],
    [{ ...env, OPENAI_BASE_URL: "http://127.0.0.1:9/v1" }, false],
  ];
  for (const [given, expected] of cases) {
    const server = await startHttp(given);
    await server[Symbol.asyncDispose]();
    assert.equal((await server.stderr).includes(notice), expected, JSON.stringify(given));
  }
});
