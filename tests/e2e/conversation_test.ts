/** A conversation from nothing to nothing, as each client that people have holds it with the real server. */

import assert from "node:assert/strict";
import { functionCalls, gate, type ResponsesServer, text } from "../fakes/responses_server.ts";
import { errorOf, objectOf, type TestClient } from "../kit/mcp_clients.ts";
import { testEveryClient } from "../kit/every_client.ts";

testEveryClient({ "a whole conversation works": converse });

async function converse(client: TestClient, upstream: ResponsesServer): Promise<void> {
  const listed = await client.listTools();
  const called = new Set<string>();

  // deno-lint-ignore no-explicit-any -- objects of every shape
  async function call(name: string, args: Record<string, unknown> = {}): Promise<any> {
    called.add(name);
    return objectOf(await client.callTool(name, args));
  }

  async function refusal(name: string, args: Record<string, unknown> = {}) {
    return errorOf(await client.callTool(name, args));
  }

  const assistant = await call("create_assistant", {
    name: "Guide",
    instructions: "Be brief.",
    metadata: { team: "docs" },
  });
  assert.equal(assistant.model, "gpt-6.1-terra");
  const { id: assistant_id } = assistant;
  assert.deepEqual(await call("get_assistant", { assistant_id }), assistant);
  const renamed = await call("modify_assistant", { assistant_id, name: "Scout" });
  assert.deepEqual(renamed, { ...assistant, name: "Scout" });
  assert.deepEqual((await call("list_assistants", { limit: 1 })).data, [renamed]);

  const thread = await call("create_thread", { metadata: { topic: "greetings" } });
  const { id: thread_id } = thread;
  assert.deepEqual(await call("get_thread", { thread_id }), thread);
  const moved = await call("modify_thread", { thread_id, metadata: { topic: "weather" } });
  assert.deepEqual(moved, { ...thread, metadata: { topic: "weather" } });
  assert.deepEqual((await call("list_threads")).data, [moved]);

  const message = await call("create_message", {
    thread_id,
    role: "user",
    content: "Good morning",
  });
  const message_id = message.id;
  assert.deepEqual(await call("get_message", { thread_id, message_id }), message);
  const marked = await call("modify_message", { thread_id, message_id, metadata: { a: "b" } });
  assert.deepEqual(marked, { ...message, metadata: { a: "b" } });

  const run = await call("create_run", { thread_id, assistant_id });
  assert.equal(run.status, "queued");
  const run_id = run.id;
  const waited = await call("wait_for_run", { thread_id, run_id });
  assert.equal(waited.run.status, "completed");
  assert.deepEqual(waited.run.usage, {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
  });
  assert.deepEqual(waited.messages.map(said), ['You said: "Good morning".']);
  assert.match(waited.next, /ask_assistant/);
  assert.equal(upstream.requests.at(-1)?.body?.instructions, "Be brief.");
  assert.deepEqual(await call("get_run", { thread_id, run_id }), waited.run);
  assert.deepEqual(
    await call("modify_run", { thread_id, run_id, metadata: { seen: "yes" } }),
    { ...waited.run, metadata: { seen: "yes" } },
  );
  assert.deepEqual((await call("list_runs", { thread_id })).data.map(idOf), [run_id]);
  const steps = await call("list_run_steps", { thread_id, run_id });
  assert.deepEqual(steps.data.map(({ type, status }: Step) => [type, status]), [
    ["message_creation", "completed"],
  ]);
  const [step] = steps.data;
  assert.deepEqual(await call("get_run_step", { thread_id, run_id, step_id: step.id }), step);
  const messages = await call("list_messages", { thread_id, order: "asc" });
  assert.deepEqual(messages.data.map(said), ["Good morning", 'You said: "Good morning".']);

  const first = await call("ask_assistant", { message: "My name is Ada." });
  assert.deepEqual([first.status, first.response], ["completed", 'You said: "My name is Ada.".']);
  const second = await call("ask_assistant", {
    message: "What is my name?",
    thread_id: first.thread_id,
  });
  assert.equal(second.response, 'You said: "What is my name?".');
  assert.deepEqual(
    [second.thread_id, second.assistant_id],
    [first.thread_id, first.assistant_id],
  );
  const input = JSON.stringify(upstream.requests.at(-1)?.body?.input);
  for (const part of ["My name is Ada.", "You said:", "What is my name?"]) {
    assert.ok(input.includes(part), input);
  }

  const middle = gate();
  upstream.enqueue(text(["Half ", middle, "and whole."]));
  const started = await call("create_thread_and_run", {
    assistant_id,
    thread: { messages: [{ role: "user", content: "Tell me all." }] },
  });
  await middle.reached;
  const handle = { thread_id: started.thread_id, run_id: started.id };
  const busy = await refusal("create_message", {
    thread_id: started.thread_id,
    role: "user",
    content: "More",
  });
  assert.match(busy.text, /while a run .* is active[^]*wait_for_run/);
  await call("cancel_run", handle);
  assert.equal((await call("wait_for_run", handle)).run.status, "cancelled");

  upstream.enqueue(functionCalls([{ name: "get_weather", arguments: { city: "Oslo" } }]));
  const asking = await call("ask_assistant", {
    message: "The weather in Oslo?",
    tools: [{ type: "function", function: { name: "get_weather" } }],
  });
  assert.equal(asking.status, "requires_action");
  assert.match(asking.next, /submit_tool_outputs/);
  const [weather] = asking.required_action.submit_tool_outputs.tool_calls;
  assert.equal(weather.function.arguments, '{"city":"Oslo"}');
  const waiting = { thread_id: asking.thread_id, run_id: asking.run_id };
  upstream.enqueue(text("It rains."));
  const tool_outputs = [{ tool_call_id: weather.id, output: "rain" }];
  const answered = await call("submit_tool_outputs", { ...waiting, tool_outputs, stream: true });
  assert.equal(answered.status, "completed");
  assert.deepEqual((await call("wait_for_run", waiting)).messages.map(said), ["It rains."]);

  const answer = await call("ask_openai", { query: "Good evening" });
  assert.equal(answer.text, 'You said: "Good evening".');
  const { job_id } = await call("ask_openai", { query: "Good night", wait_s: 0 });
  assert.equal((await call("get_job", { job_id })).result.text, 'You said: "Good night".');
  assert.deepEqual((await call("list_models")).data.map(idOf), ["gpt-6.1-terra", "gpt-test"]);
  const { images: [image] } = await call("create_image", { prompt: "A lighthouse" });
  const edited = await call("edit_image", { prompt: "In winter", images: [image.id] });
  assert.equal(edited.images.length, 1);

  for (
    const [tool, args] of [
      ["delete_message", { thread_id, message_id }],
      ["delete_thread", { thread_id }],
      ["delete_assistant", { assistant_id }],
    ] as const
  ) {
    assert.equal((await call(tool, args)).deleted, true);
  }
  assert.deepEqual(
    [...called].toSorted(),
    listed.map((tool) => tool.name).toSorted(),
    "the conversation should use every tool",
  );

  const gone = await refusal("get_assistant", { assistant_id });
  assert.match(gone.text, new RegExp(`^No assistant found with id '${assistant_id}'\\.`));
  assert.deepEqual([gone.fields.status, gone.fields.retryable], [404, false]);
  assert.match(String(gone.fields.request_id), /^req_/);

  const missing = await refusal("create_message", { thread_id: first.thread_id, content: "Hi" });
  assert.match(missing.text, /^Missing required argument 'role'/);
  assert.equal(missing.fields.param, "role");
  const wrong = await refusal("list_messages", { thread_id: first.thread_id, limit: "many" });
  assert.match(wrong.text, /^Invalid argument 'limit': expected a number, got "many"/);
  const misspelt = await refusal("get_thread", { threadId: first.thread_id });
  assert.match(misspelt.text, /^Unknown argument 'threadId'\. Did you mean 'thread_id'\?/);
  const outside = await refusal("list_messages", { thread_id: first.thread_id, limit: 101 });
  assert.match(outside.text, /'limit'.*101/);
  assert.equal(outside.fields.param, "limit");

  await assert.rejects(
    client.callTool("create_asistant"),
    (error: { code?: unknown; message?: unknown }) => {
      assert.equal(error.code, -32602);
      assert.match(String(error.message), /Unknown tool.*create_assistant/);
      return true;
    },
  );
}

interface Step {
  type: string;
  status: string;
}

function idOf({ id }: { id: string }): string {
  return id;
}

function said({ content }: { content: { text?: { value: string } }[] }): string {
  return content.map(({ text }) => text?.value).join("");
}
