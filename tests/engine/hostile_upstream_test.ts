/** What a model server sends that is broken or means harm: the run ends, and so does the work on it. */

import assert from "node:assert/strict";
import { status } from "../fakes/responses_server.ts";
import { setUp } from "../kit/engine.ts";

const SEE = "See it, and that 👋 it ends.";
const AT = { output_index: 0, content_index: 0 };
const DONE = {
  type: "response.completed",
  response: { output: [], usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 } },
};

function streamed(...events: object[]) {
  return status(200, {
    headers: { "content-type": "text/event-stream" },
    body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""),
  });
}

function delta(delta: string): object {
  return { type: "response.output_text.delta", ...AT, delta };
}

Deno.test("a citation at half a character, at none, or at what is no number stands at the end", async () => {
  await using setup = await setUp({ toolsSaid: ["file_search"] });
  const { client, upstream } = setup;
  const { id: assistant_id } = await client.beta.assistants.create({ model: "gpt-test" });
  for (const index of [7.5, -3, "7", "x", null, 1e308]) {
    const cited = { type: "file_citation", file_id: "file-1", filename: "a.txt", index };
    const annotation = { type: "response.output_text.annotation.added", ...AT, annotation: cited };
    upstream.enqueue(streamed(delta("See "), annotation, delta(SEE.slice("See ".length)), DONE));
    const { status, thread_id } = await client.beta.threads.createAndRunPoll({ assistant_id });
    assert.equal(status, "completed", String(index));
    const { data: [message] } = await client.beta.threads.messages.list(thread_id);
    const [part] = message?.content ?? [];
    assert.equal(part?.type === "text" && part.text.value, `${SEE}【0:0†a.txt】`);
  }
});

Deno.test("a citation stands where it is said to, among characters of two units", async () => {
  await using setup = await setUp({ toolsSaid: ["file_search"] });
  const { client, upstream } = setup;
  const { id: assistant_id } = await client.beta.assistants.create({ model: "gpt-test" });
  const cited = { type: "file_citation", file_id: "file-1", filename: "a.txt", index: 18 };
  const annotation = { type: "response.output_text.annotation.added", ...AT, annotation: cited };
  upstream.enqueue(streamed(delta("See "), annotation, delta(SEE.slice("See ".length)), DONE));
  const { thread_id } = await client.beta.threads.createAndRunPoll({ assistant_id });
  const { data: [message] } = await client.beta.threads.messages.list(thread_id);
  const [part] = message?.content ?? [];
  assert.equal(
    part?.type === "text" && part.text.value,
    "See it, and that 👋【0:0†a.txt】 it ends.",
  );
});

Deno.test("a call at a place beyond all others is a call like others", async () => {
  await using setup = await setUp();
  const { client, upstream } = setup;
  const { id: assistant_id } = await client.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "function", function: { name: "look" } }],
  });
  const item = { type: "function_call", id: "fc_1", call_id: "call_1", name: "look" };
  upstream.enqueue(streamed({
    type: "response.output_item.done",
    output_index: 4_000_000_000,
    item: { ...item, arguments: "{}" },
  }, DONE));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  assert.equal(run.status, "requires_action");
  upstream.enqueue(streamed(delta("Seen."), DONE));
  const { status } = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: run.thread_id,
    tool_outputs: [{ tool_call_id: "call_1", output: "A cat." }],
  });
  assert.equal(status, "completed");
});
