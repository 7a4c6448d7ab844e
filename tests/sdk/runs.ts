/** Runs and their steps, with the helpers that poll. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import {
  failed,
  functionCalls,
  hang,
  incomplete,
  neverAnswer,
  text,
} from "../fakes/responses_server.ts";
import { prepare, type Scenario, textOf, weather } from "./world.ts";

const call = functionCalls([
  { name: "weather", arguments: { city: "Rome" }, call_id: "a" },
  { name: "weather", arguments: { city: "Oslo" }, call_id: "b" },
]);
const tool_outputs = [
  { tool_call_id: "a", output: "Sun." },
  { tool_call_id: "b", output: "Snow." },
];

export const runs: Record<string, Scenario> = {
  "createAndPoll() runs a thread, whose run, steps and messages can be read": async (world) => {
    const { runs, messages } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(text(["Hello ", "you."]));
    const run = await runs.createAndPoll(thread_id, { assistant_id, metadata: { a: "b" } });
    assert.equal(run.status, "completed");
    assert.deepEqual(run.usage, { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 });
    assert.deepEqual(await runs.retrieve(run.id, { thread_id }), run);
    assert.deepEqual((await runs.list(thread_id)).data, [run]);
    const changed = await runs.update(run.id, { thread_id, metadata: { c: "d" } });
    assert.deepEqual(changed, { ...run, metadata: { c: "d" } });

    const { data: [step, ...others] } = await runs.steps.list(run.id, { thread_id });
    assert.deepEqual(others, []);
    assert.ok(step?.step_details.type === "message_creation");
    assert.deepEqual(await runs.steps.retrieve(step.id, { thread_id, run_id: run.id }), step);
    const { message_id } = step.step_details.message_creation;
    const message = await messages.retrieve(message_id, { thread_id });
    assert.deepEqual([textOf(message), message.run_id], ["Hello you.", run.id]);
    const of = await messages.list(thread_id, { run_id: run.id });
    assert.deepEqual(of.data, [message]);
  },

  "create() answers at once, and poll() follows": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    const { data: run, response } = await runs.create(thread_id, { assistant_id }).withResponse();
    assert.equal(run.status, "queued");
    assert.ok(Number(response.headers.get("openai-poll-after-ms")) > 0);
    assert.equal((await runs.poll(run.id, { thread_id })).status, "completed");
    const again = await runs.create(thread_id, { assistant_id });
    assert.equal(
      (await runs.poll(again.id, { thread_id }, { pollIntervalMs: 5 })).status,
      "completed",
    );
  },

  "createAndRunPoll() makes a thread and runs it": async (world) => {
    const { client, upstream } = world;
    const { assistant_id } = await prepare(world);
    upstream.enqueue(text("Hello."), incomplete("max_output_tokens", ["Hal"]));
    const thread = { messages: [{ role: "user" as const, content: "Hi." }] };
    const run = await client.beta.threads.createAndRunPoll({ assistant_id, thread });
    assert.equal(run.status, "completed");
    const { data } = await client.beta.threads.messages.list(run.thread_id);
    assert.deepEqual(data.map(textOf), ["Hello.", "Hi."]);
    const cut = await client.beta.threads.createAndRunPoll({ assistant_id, thread });
    assert.equal(cut.status, "incomplete");
    assert.equal(cut.incomplete_details?.reason, "max_completion_tokens");
  },

  "submitToolOutputsAndPoll() answers calls until the run has ended": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(call, call, text("Sun there, snow here."));
    const waiting = await runs.createAndPoll(thread_id, { assistant_id, tools: [weather] });
    assert.equal(waiting.status, "requires_action");
    const calls = waiting.required_action?.submit_tool_outputs.tool_calls;
    assert.deepEqual(calls?.map(({ id, function: { name } }) => [id, name]), [
      ["a", "weather"],
      ["b", "weather"],
    ]);
    const asking = await runs.submitToolOutputsAndPoll(waiting.id, { thread_id, tool_outputs });
    assert.equal(asking.status, "requires_action");
    const run = await runs.submitToolOutputsAndPoll(waiting.id, { thread_id, tool_outputs });
    assert.equal(run.status, "completed");
    const steps = await Array.fromAsync(
      runs.steps.list(run.id, { thread_id, order: "asc", limit: 1 }),
    );
    assert.deepEqual(steps.map(({ type }) => type), [
      "tool_calls",
      "tool_calls",
      "message_creation",
    ]);
    assert.ok(steps[0]?.step_details.type === "tool_calls");
    assert.deepEqual(
      steps[0].step_details.tool_calls.map((call) =>
        call.type === "function" && call.function.output
      ),
      ["Sun.", "Snow."],
    );
  },

  "submitToolOutputs() answers at once": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(call);
    const { id } = await runs.createAndPoll(thread_id, { assistant_id, tools: [weather] });
    await assert.rejects(
      runs.submitToolOutputs(id, { thread_id, tool_outputs: tool_outputs.slice(1) }),
      OpenAI.BadRequestError,
    );
    const run = await runs.submitToolOutputs(id, { thread_id, tool_outputs });
    assert.deepEqual([run.status, run.required_action], ["queued", null]);
    assert.equal((await runs.poll(id, { thread_id })).status, "completed");
  },

  "cancel() ends a run, and frees its thread": async (world) => {
    const { runs, messages } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(hang(text(["Half ", "more."]), 5));
    const run = await runs.create(thread_id, { assistant_id });
    await assert.rejects(
      messages.create(thread_id, { role: "user", content: "And?" }),
      OpenAI.BadRequestError,
    );
    assert.equal((await runs.cancel(run.id, { thread_id })).status, "cancelling");
    assert.equal((await runs.poll(run.id, { thread_id })).status, "cancelled");
    await messages.create(thread_id, { role: "user", content: "And?" });
  },

  "a run that fails says why, and one that takes too long expires": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(failed({ code: "server_error", message: "Broken." }), neverAnswer());
    const run = await runs.createAndPoll(thread_id, { assistant_id });
    assert.equal(run.status, "failed");
    assert.match(run.last_error?.message ?? "", /^Broken\./);
    const late = await runs.create(thread_id, { assistant_id });
    world.clock.advance(601_000);
    assert.equal((await runs.poll(late.id, { thread_id })).status, "expired");
  },
};
