/** Resources, prompts and completion, as each client that people have asks for them. */

import assert from "node:assert/strict";
import { prompts } from "../../src/prompts/mod.ts";
import { resources, resourceTemplates } from "../../src/resources/mod.ts";
import { type ResponsesServer, text } from "../fakes/responses_server.ts";
import { objectOf, type TestClient } from "../kit/mcp_clients.ts";
import { testEveryClient } from "../kit/every_client.ts";

// Row P3.4 of the predecessors.
testEveryClient({
  "resources can be listed and read": readResources,
  "prompts can be listed and filled in": getPrompts,
  "ids and values are completed": completeArguments,
});

async function readResources(client: TestClient, upstream: ResponsesServer): Promise<void> {
  const { reader } = client;
  const listed = (await reader.listResources()).resources;
  assert.equal(listed.length, 9);
  for (const [index, resource] of resources.entries()) {
    const { text, ...rest } = resource;
    assert.deepEqual(listed[index], rest);
    const { contents } = await reader.readResource({ uri: resource.uri });
    assert.deepEqual(contents, [{ uri: resource.uri, mimeType: resource.mimeType, text }]);
  }
  const templates = (await reader.listResourceTemplates()).resourceTemplates;
  assert.deepEqual(
    templates.map(({ uriTemplate }: { uriTemplate: string }) => uriTemplate),
    resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  );

  upstream.enqueue(text("It is noon."));
  const { assistant_id, thread_id, run_id } = objectOf(
    await client.callTool("ask_assistant", { message: "What time is it?" }),
  );
  const read = async (uri: string) => (await reader.readResource({ uri })).contents[0];

  const transcript = await read(`openai://threads/${thread_id}`);
  assert.equal(transcript.mimeType, "text/markdown");
  assert.match(transcript.text, new RegExp(`^# Thread ${thread_id}\n`));
  assert.match(transcript.text, /## User, [^\n]+\n\nWhat time is it\?\n\n## Assistant asst_/);
  assert.match(transcript.text, /\n\nIt is noon\.\n$/);

  assert.equal(
    JSON.parse((await read(`openai://assistants/${assistant_id}`)).text).id,
    assistant_id,
  );
  const run = JSON.parse((await read(`openai://threads/${thread_id}/runs/${run_id}`)).text);
  assert.deepEqual([run.id, run.status, run.steps.length], [run_id, "completed", 1]);

  await assert.rejects(read("openai://threads/thread_gone"), /No thread found with id/);
  await assert.rejects(read("openai://nothing/here"), /resources\/templates\/list/);
}

async function getPrompts({ reader }: TestClient): Promise<void> {
  const listed = (await reader.listPrompts()).prompts;
  assert.deepEqual(
    listed.map(({ name }: { name: string }) => name),
    prompts.map(({ name }) => name),
  );
  const code = "print(`x`)\n```\nprint(2)";
  const { messages } = await reader.getPrompt({
    name: "review-code",
    arguments: { code, language: "python" },
  });
  assert.equal(messages.length, 1);
  assert.equal(messages[0].role, "user");
  assert.ok(messages[0].content.text.endsWith(`\n\`\`\`\`python\n${code}\n\`\`\`\``));

  await assert.rejects(reader.getPrompt({ name: "review-code" }), /needs "code"/);
  await assert.rejects(reader.getPrompt({ name: "review-cod" }), /Did you mean "review-code"\?/);
  await assert.rejects(
    reader.getPrompt({ name: "review-code", arguments: { code, lang: "go" } }),
    /has no argument "lang"/,
  );
}

async function completeArguments(client: TestClient, upstream: ResponsesServer): Promise<void> {
  const { reader } = client;
  const named = objectOf(await client.callTool("create_assistant", { name: "Harbour pilot" }));
  await client.callTool("create_assistant", { name: "Cook" });
  upstream.enqueue(text("Yes."));
  const { thread_id, run_id } = objectOf(
    await client.callTool("ask_assistant", { message: "Hello", assistant_id: named.id }),
  );
  const ofPrompt = (name: string, argument: { name: string; value: string }) =>
    reader.complete({ ref: { type: "ref/prompt", name }, argument });
  const ofUri = (uri: string, name: string, value: string, given?: Record<string, string>) =>
    reader.complete({
      ref: { type: "ref/resource", uri },
      argument: { name, value },
      ...(given && { context: { arguments: given } }),
    });
  const uri = "openai://assistants/{assistant_id}";

  const { completion } = await ofUri(uri, "assistant_id", "harb");
  assert.deepEqual(completion, { values: [named.id], hasMore: false });
  assert.deepEqual(
    (await ofUri(uri, "assistant_id", named.id.slice(0, -1))).completion.values,
    [named.id],
  );
  assert.equal((await ofUri(uri, "assistant_id", "asst_")).completion.values.length, 2);

  const runUri = "openai://threads/{thread_id}/runs/{run_id}";
  assert.deepEqual((await ofUri(runUri, "run_id", "")).completion.values, []);
  assert.deepEqual((await ofUri(runUri, "run_id", "", { thread_id })).completion.values, [run_id]);
  assert.deepEqual((await ofUri(runUri, "thread_id", "")).completion.values, [thread_id]);

  const levels = await ofPrompt("create-coding-assistant", { name: "experience_level", value: "" });
  assert.deepEqual(levels.completion.values, ["beginner", "intermediate", "expert"]);
  const python = await ofPrompt("create-coding-assistant", {
    name: "specialization",
    value: "python",
  });
  assert.deepEqual(python.completion.values, ["Python web development"]);
  const threads = await ofPrompt("organize-thread-messages", { name: "thread_id", value: "thr" });
  assert.deepEqual(threads.completion.values, [thread_id]);
}
