import assert from "node:assert/strict";
import { errorOf } from "../e2e/clients.ts";
import { StdioProcess, tempFolder } from "../e2e/process.ts";

Deno.test("without a key the server starts, and says at each call that needs one what to set", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess({ DATABASE_URL: `sqlite:${folder.path}/test.db` });
  await server.initialize();
  assert.ok((await server.request(1, "tools/list")).result.tools.length > 20);

  const { structuredContent: assistant } = await server.callTool("create_assistant");
  assert.match(assistant.id, /^asst_/);
  const { structuredContent: thread } = await server.callTool("create_thread");
  const run = { assistant_id: assistant.id, thread_id: thread.id };
  const needy: [string, Record<string, unknown>][] = [
    ["ask_openai", { query: "Hello" }],
    ["list_models", {}],
    ["create_run", run],
    ["create_run", { ...run, stream: true }],
    ["create_thread_and_run", { assistant_id: assistant.id }],
    ["ask_assistant", { message: "Hello" }],
  ];
  for (const [name, args] of needy) {
    const { text, fields } = errorOf(await server.callTool(name, args));
    assert.match(text, /^There is no API key\. Set OPENAI_API_KEY, .*--offline/, name);
    const { status, code, retryable } = fields;
    assert.deepEqual([status, code, retryable], [401, "missing_api_key", false], name);
  }
  const { structuredContent: runs } = await server.callTool("list_runs", { thread_id: thread.id });
  assert.deepEqual(runs.data, [], "a run that cannot begin should not be there");
});
