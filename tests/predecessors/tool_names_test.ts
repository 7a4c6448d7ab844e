/** The names of the TypeScript server's tools, as its users and their configurations have them. */

import assert from "node:assert/strict";
import { tempFolder } from "../kit/process.ts";
import { functionCalls } from "../fakes/responses_server.ts";
import { type Json, objectOf, start, type Started } from "./_server.ts";

const NAMES = [
  "assistant-create",
  "assistant-list",
  "assistant-get",
  "assistant-update",
  "assistant-delete",
  "thread-create",
  "thread-get",
  "thread-update",
  "thread-delete",
  "message-create",
  "message-list",
  "message-get",
  "message-update",
  "message-delete",
  "run-create",
  "run-list",
  "run-get",
  "run-update",
  "run-cancel",
  "run-submit-tool-outputs",
  "run-step-list",
  "run-step-get",
];

// Row P3.1 of the predecessors.
Deno.test("TOOL_NAMING=kebab-case lists and accepts the 22 kebab-case names", async () => {
  await using started = await start({ TOOL_NAMING: "kebab-case" });
  const listed = await listedNames(started);
  for (const name of NAMES) assert.ok(listed.includes(name), name);
  assert.deepEqual(listed.filter((name) => name.includes("_")), []);
  await useAll(started);
});

// Row P3.1 of the predecessors.
Deno.test("kebab-case names are accepted when snake_case names are listed", async () => {
  await using started = await start();
  const listed = await listedNames(started);
  assert.deepEqual(listed.filter((name) => name.includes("-")), []);
  await useAll(started);
});

// Row P3.3 of the predecessors.
Deno.test("the Roo configuration with alwaysAllow of 22 names works", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/mcp_settings.json`;
  const settings = {
    mcpServers: {
      "openai-assistants": {
        command: "assistants-mcp",
        args: [],
        env: { OPENAI_API_KEY: "sk-test-0123456789", TOOL_NAMING: "kebab-case" },
        alwaysAllow: NAMES,
        disabled: false,
      },
    },
  };
  await Deno.writeTextFile(path, JSON.stringify(settings));
  const { env, alwaysAllow } =
    JSON.parse(await Deno.readTextFile(path)).mcpServers["openai-assistants"];

  await using started = await start(env);
  const listed = await listedNames(started);
  // Roo calls without asking what is both listed and allowed.
  const allowed = listed.filter((name) => alwaysAllow.includes(name));
  assert.deepEqual(new Set(allowed), new Set(NAMES));
  await useAll(started);
});

async function listedNames({ server }: Started): Promise<string[]> {
  await server.send({ jsonrpc: "2.0", id: "list", method: "tools/list" });
  const { result } = await server.next();
  return result.tools.map(({ name }: { name: string }) => name);
}

/** One conversation with all of them. */
async function useAll({ server, upstream }: Started): Promise<void> {
  const used = new Set<string>();
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Json> => {
    used.add(name);
    return objectOf(await server.callTool(name, args));
  };
  const tools = [{ type: "function", function: { name: "weather" } }];
  const { id: assistant_id } = await call("assistant-create", { model: "gpt-test", tools });
  assert.equal((await call("assistant-list")).data[0].id, assistant_id);
  assert.equal((await call("assistant-get", { assistant_id })).name, null);
  assert.equal((await call("assistant-update", { assistant_id, name: "Guide" })).name, "Guide");

  const { id: thread_id } = await call("thread-create");
  const metadata = { topic: "rain" };
  assert.deepEqual((await call("thread-update", { thread_id, metadata })).metadata, metadata);
  assert.deepEqual((await call("thread-get", { thread_id })).metadata, metadata);

  const { id: message_id } = await call("message-create", {
    thread_id,
    role: "user",
    content: "Will it rain?",
  });
  assert.equal((await call("message-list", { thread_id })).data[0].id, message_id);
  assert.equal((await call("message-get", { thread_id, message_id })).role, "user");
  const updated = await call("message-update", { thread_id, message_id, metadata });
  assert.deepEqual(updated.metadata, metadata);

  upstream.enqueue(functionCalls([{ name: "weather", arguments: {} }]));
  const asks = await call("run-create", { thread_id, assistant_id, stream: true });
  assert.equal(asks.status, "requires_action");
  const ids = { thread_id, run_id: asks.id };
  const [{ id: tool_call_id }] = asks.required_action.submit_tool_outputs.tool_calls;
  const run = await call("run-submit-tool-outputs", {
    ...ids,
    tool_outputs: [{ tool_call_id, output: "Rain." }],
    stream: true,
  });
  assert.equal(run.status, "completed");
  assert.equal((await call("run-get", ids)).id, run.id);
  assert.equal((await call("run-list", { thread_id })).data.length, 1);
  assert.deepEqual((await call("run-update", { ...ids, metadata })).metadata, metadata);
  const { data: [step] } = await call("run-step-list", ids);
  assert.equal((await call("run-step-get", { ...ids, step_id: step.id })).id, step.id);

  upstream.enqueue(functionCalls([{ name: "weather", arguments: {} }]));
  const { id: run_id } = await call("run-create", { thread_id, assistant_id, stream: true });
  assert.match((await call("run-cancel", { thread_id, run_id })).status, /^cancel/);

  assert.equal((await call("message-delete", { thread_id, message_id })).deleted, true);
  assert.equal((await call("thread-delete", { thread_id })).deleted, true);
  assert.equal((await call("assistant-delete", { assistant_id })).deleted, true);
  assert.deepEqual([...used].sort(), [...NAMES].sort());
}
