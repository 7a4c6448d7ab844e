/** Conversations that are longer than what a model takes. */

import assert from "node:assert/strict";
import { functionCalls, status, text } from "../fakes/responses_server.ts";
import { type Json, prepare, type Setup, setUp, weather } from "../kit/engine.ts";

const OPENAI = {
  code: "context_length_exceeded",
  message: "Your input exceeds the limit of this model. Please adjust your input and try again.",
};

/** Refusals for length, of OpenAI and of servers that are like it. */
const REFUSALS = [
  OPENAI,
  { code: 400, message: "This model's maximum context length is 4096 tokens." },
  { code: null, message: "The request exceeds the available context size (4096 tokens)." },
];

function tooLong(error: { message: string; code: string | number | null } = OPENAI) {
  return status(400, { body: { error: { type: "invalid_request_error", param: null, ...error } } });
}

/** What the user has said in each request. */
function heard({ upstream }: Setup): string[] {
  return upstream.requests.map(({ body }) =>
    (body?.input as Json[])
      .filter(({ role }) => role === "user")
      .map(({ content }) => (content as Json[])[0]?.text).join(" ")
  );
}

async function say(setup: Setup, thread_id: string, ...texts: string[]): Promise<void> {
  for (const content of texts) {
    await setup.client.beta.threads.messages.create(thread_id, { role: "user", content });
  }
}

Deno.test("a run whose thread is too long leaves out its oldest turns until it is not", async () => {
  for (const refusal of REFUSALS) {
    await using setup = await setUp();
    const { assistant_id, thread_id } = await prepare(setup, "a");
    await say(setup, thread_id, "b", "c", "d", "e");
    setup.upstream.enqueue(tooLong(refusal), tooLong(refusal), text("Done."));
    const { runs } = setup.client.beta.threads;
    const run = await runs.createAndPoll(thread_id, { assistant_id });
    assert.equal(run.status, "completed");
    assert.deepEqual(heard(setup), ["a b c d e", "d e", "e"]);
  }
});

Deno.test("calls stay with the turn in which they were made", async () => {
  await using setup = await setUp();
  const { runs } = setup.client.beta.threads;
  const { assistant_id, thread_id } = await prepare(setup, "a");
  setup.upstream.enqueue(
    functionCalls([{ name: "weather", arguments: {}, call_id: "first" }]),
    text("Sun."),
    functionCalls([{ name: "weather", arguments: {}, call_id: "second" }]),
    tooLong(),
    text("Snow."),
  );
  const run = async (tool_call_id: string) => {
    const { id } = await runs.createAndPoll(thread_id, { assistant_id, tools: [weather] });
    const tool_outputs = [{ tool_call_id, output: "It is." }];
    return await runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs });
  };
  await run("first");
  await say(setup, thread_id, "b");
  assert.equal((await run("second")).status, "completed");
  const input = setup.upstream.requests.at(-1)?.body?.input as Json[];
  assert.deepEqual(input.map(({ role, type, call_id }) => role ?? `${type} ${call_id}`), [
    "user",
    "function_call second",
    "function_call_output second",
  ]);
});

Deno.test("a run fails when its last turn alone is too long, or it may not be cut", async () => {
  await using setup = await setUp();
  const { runs } = setup.client.beta.threads;
  const { assistant_id, thread_id } = await prepare(setup, "a");
  setup.upstream.enqueue(tooLong());
  const alone = await runs.createAndPoll(thread_id, { assistant_id });
  assert.equal(alone.last_error?.code, "invalid_prompt");
  assert.match(alone.last_error.message, /^Your input exceeds/);

  await say(setup, thread_id, "b", "c");
  setup.upstream.enqueue(tooLong());
  const uncut = await runs.createAndPoll(thread_id, {
    assistant_id,
    truncation_strategy: { type: "last_messages", last_messages: 2 },
  });
  assert.equal(uncut.status, "failed");
  assert.deepEqual(heard(setup), ["a", "b c"]);
});

Deno.test("a refusal for anything else is not tried again", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup, "a");
  await say(setup, thread_id, "b", "c");
  setup.upstream.enqueue(tooLong({ code: "invalid_prompt", message: "This is not allowed." }));
  const run = await setup.client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  assert.equal(run.status, "failed");
  assert.equal(setup.upstream.requests.length, 1);
});

Deno.test("a replay is bounded, whatever the length of its thread", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup, "first");
  const { beta } = setup.client;
  const text = "a".repeat(250_000);
  for (let index = 0; index < 70; index++) {
    await beta.threads.messages.create(thread_id, { role: "user", content: text });
  }
  await say(setup, thread_id, "last");
  const run = await beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  assert.equal(run.status, "completed");
  const [sent] = heard(setup);
  assert.ok(sent !== undefined && sent.length > 16_000_000 && sent.length <= 16.8e6, "auto");
  assert.ok(sent.endsWith(" last") && !sent.includes("first"));
  const kept = await beta.threads.runs.createAndPoll(thread_id, {
    assistant_id,
    truncation_strategy: { type: "last_messages", last_messages: 100 },
  });
  assert.equal(kept.last_error?.code, "invalid_prompt");
  assert.match(kept.last_error?.message ?? "", /longer than 16777216 characters/);
});
