/** The database outlives the process, and several processes can use it at once. */

import assert from "node:assert/strict";
import { textOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { post, toolCall } from "../kit/http_server.ts";
import { offline, startHttp, StdioProcess, tempFolder } from "../kit/process.ts";
import { gate, startResponsesServer, text } from "../fakes/responses_server.ts";

const options = { timeout: 20_000 };

/** Returns the object that a tool returns, or the text of its error. */
async function call(
  server: StdioProcess,
  name: string,
  args: Record<string, unknown> = {},
  // deno-lint-ignore no-explicit-any -- objects have different shapes
): Promise<any> {
  const result = await server.callTool(name, args);
  return result.isError ? textOf(result) : result.structuredContent;
}

async function start(env: Record<string, string>): Promise<StdioProcess> {
  const server = new StdioProcess(env);
  await server.initialize();
  return server;
}

Deno.test("a second process finds the objects of the first", async () => {
  await using folder = await tempFolder();
  const first = await start(offline(folder));
  const assistant = await call(first, "create_assistant", { name: "Guide" });
  const turn = await call(first, "ask_assistant", { message: "Good morning" });
  await first[Symbol.asyncDispose]();

  await using second = await startHttp(offline(folder));
  async function ask(name: string, args: Record<string, unknown>) {
    const answer = await (await post(second.url, toolCall(name, args))).json();
    return answer.result.structuredContent;
  }
  assert.deepEqual(await ask("get_assistant", { assistant_id: assistant.id }), assistant);
  const { thread_id } = turn;
  const messages = await ask("list_messages", { thread_id, order: "asc" });
  assert.deepEqual(
    messages.data.map(({ role }: { role: string }) => role),
    ["user", "assistant"],
  );
  const next = await ask("ask_assistant", { thread_id, message: "And then?" });
  assert.equal(next.assistant_id, turn.assistant_id, "there is one default assistant");
});

Deno.test("two servers share one database while both run", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const env = upstreamSettings(folder, upstream);
  const [one, other] = await Promise.all([start(env), start(env)]);
  await using _one = one;
  await using _other = other;

  const turns = await Promise.all(
    [one, other].map((server) => call(server, "ask_assistant", { message: "Good morning" })),
  );
  assert.equal(turns[0].status, "completed");
  assert.equal(turns[0].assistant_id, turns[1].assistant_id, "there is one default assistant");

  const assistant = await call(one, "create_assistant", { name: "Guide" });
  assert.deepEqual(await call(other, "get_assistant", { assistant_id: assistant.id }), assistant);
  const writes = Array.from({ length: 50 }, (_, index) => index);
  await Promise.all([one, other].map(async (server) => {
    for (const index of writes) {
      await call(server, "create_thread", { metadata: { index: `${index}` } });
    }
  }));
  const { data, has_more } = await call(one, "list_threads", { limit: 100 });
  assert.deepEqual([data.length, has_more], [100, true]);

  const middle = gate();
  upstream.enqueue(text(["One, ", middle, "two."]));
  const turn = await call(one, "ask_assistant", { message: "Count.", wait_s: 0 });
  const { thread_id, run_id, assistant_id } = turn;
  await middle.reached;
  const busy = await call(other, "create_run", { thread_id, assistant_id });
  assert.match(busy, /already has an active run/);
  const waiting = call(other, "wait_for_run", { thread_id, run_id });
  middle.open();
  const { run, messages } = await waiting;
  assert.equal(run.status, "completed");
  assert.equal(messages[0].content[0].text.value, "One, two.");
});

Deno.test(
  "a run that a stopping server leaves is finished by the next server",
  options,
  async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    const env = upstreamSettings(folder, upstream);
    const middle = gate();
    upstream.enqueue(text(["One, ", middle, "two."]));
    const first = await start(env);
    const turn = await call(first, "ask_assistant", { message: "Count.", wait_s: 0 });
    const { thread_id, run_id } = turn;
    await middle.reached;
    await first.endInput();
    assert.equal((await first.ended()).code, 0);

    await using second = await start(env);
    const { run, messages } = await call(second, "wait_for_run", { thread_id, run_id });
    assert.equal(run.status, "completed");
    assert.equal(messages.at(-1).content[0].text.value, 'You said: "Count.".');
  },
);
