/** Runs that are streamed: as raw events, and by `AssistantStream` with all that it tells. */

import assert from "node:assert/strict";
import { AssistantStream } from "openai/lib/AssistantStream";
import { functionCalls, gate, text } from "../fakes/responses_server.ts";
import { listen, prepare, type Scenario, textOf, weather } from "./world.ts";

const call = functionCalls([
  { name: "weather", arguments: { city: "Rome" }, call_id: "a" },
  { name: "weather", arguments: { city: "Oslo" }, call_id: "b" },
]);
const tool_outputs = [
  { tool_call_id: "a", output: "Sun." },
  { tool_call_id: "b", output: "Snow." },
];

const thread = { messages: [{ role: "user" as const, content: "Hi." }] };

/** The names of the raw events of a stream. */
async function namesOf(stream: AsyncIterable<{ event: string }>): Promise<string[]> {
  return (await Array.fromAsync(stream)).map(({ event }) => event);
}

export const streams: Record<string, Scenario> = {
  "create(), createAndRun() and submitToolOutputs() stream raw events": async (world) => {
    const { threads } = world.client.beta;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(text("Hi."), text("Hi."), call, text("Sun."));
    const plain = await namesOf(
      await threads.runs.create(thread_id, { assistant_id, stream: true }),
    );
    assert.deepEqual([plain[0], plain.at(-1)], ["thread.run.created", "thread.run.completed"]);
    const both = await namesOf(await threads.createAndRun({ assistant_id, thread, stream: true }));
    assert.deepEqual(both, ["thread.created", ...plain]);

    const tools = [weather];
    let id = "";
    for await (
      const { event, data } of await threads.runs.create(thread_id, {
        assistant_id,
        tools,
        stream: true,
      })
    ) {
      if (event === "thread.run.requires_action") id = data.id;
    }
    const rest = await namesOf(
      await threads.runs.submitToolOutputs(id, { thread_id, tool_outputs, stream: true }),
    );
    assert.deepEqual(rest, ["thread.run.step.completed", ...plain.slice(1)]);
  },

  "AssistantStream tells all of a text": async (world) => {
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(text(["Hello ", "you."]));
    const stream = world.client.beta.threads.runs.stream(thread_id, { assistant_id });
    const told = listen(stream);
    const raw: string[] = [];
    stream.on("event", ({ event }) => void raw.push(event));
    await stream.done();
    assert.deepEqual(told, [
      "connect",
      "runStepCreated message_creation",
      "messageCreated in_progress",
      "textCreated",
      "messageDelta Hello",
      "textDelta Hello |Hello",
      "messageDelta Hello you.",
      "textDelta you.|Hello you.",
      "textDone Hello you.",
      "messageDone completed",
      "runStepDone completed",
      "run completed",
      "end",
    ]);
    assert.deepEqual([raw[0], raw.at(-1)], ["thread.run.created", "thread.run.completed"]);
    const [run, [message], [step]] = await Promise.all([
      stream.finalRun(),
      stream.finalMessages(),
      stream.finalRunSteps(),
    ]);
    assert.deepEqual([run.status, message?.status, step?.status], Array(3).fill("completed"));
    assert.equal(textOf(message), "Hello you.");
    assert.equal(run.usage?.total_tokens, 15);
    assert.deepEqual([stream.ended, stream.errored, stream.aborted], [true, false, false]);
  },

  "AssistantStream tells all of calls, and of what follows their outputs": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(call, text("Sun and snow."));
    const first = runs.stream(thread_id, { assistant_id, tools: [weather] });
    const told = listen(first);
    const waiting = await first.finalRun();
    assert.deepEqual(told, [
      "connect",
      "runStepCreated tool_calls",
      "toolCallCreated a",
      "runStepDelta tool_calls",
      'toolCallDelta {"city":"Rome"}',
      "runStepDelta tool_calls",
      "toolCallDone a",
      "toolCallCreated b",
      "runStepDelta tool_calls",
      'toolCallDelta {"city":"Oslo"}',
      "runStepDelta tool_calls",
      "toolCallDone b",
      "run requires_action",
      "end",
    ]);
    const second = runs.submitToolOutputsStream(waiting.id, { thread_id, tool_outputs });
    const rest = listen(second);
    assert.equal((await second.finalRun()).status, "completed");
    assert.deepEqual(rest, [
      "connect",
      "runStepDone completed",
      "runStepCreated message_creation",
      "messageCreated in_progress",
      "textCreated",
      "messageDelta Sun and snow.",
      "textDelta Sun and snow.|Sun and snow.",
      "textDone Sun and snow.",
      "messageDone completed",
      "runStepDone completed",
      "run completed",
      "end",
    ]);
    const [calls, answer] = await second.finalRunSteps();
    assert.ok(calls?.step_details.type === "tool_calls");
    assert.deepEqual(
      calls.step_details.tool_calls.map((call) => call.type === "function" && call.function.output),
      ["Sun.", "Snow."],
    );
    assert.equal(answer?.type, "message_creation");
  },

  "AssistantStream shows how far a run has come": async (world) => {
    const { assistant_id } = await prepare(world);
    const wait = gate();
    world.upstream.enqueue(text(["One ", wait, "two."]));
    const stream = world.client.beta.threads.createAndRunStream({ assistant_id, thread });
    assert.equal(stream.currentEvent(), undefined);
    assert.equal(stream.currentRun(), undefined);
    const [, snapshot] = await stream.emitted("textDelta");
    assert.equal(snapshot.value, "One ");
    assert.equal(stream.currentEvent()?.event, "thread.message.delta");
    assert.equal(stream.currentRun()?.status, "in_progress");
    assert.equal(textOf(stream.currentMessageSnapshot()), "One ");
    assert.equal(stream.currentRunStepSnapshot()?.status, "in_progress");
    wait.open();
    assert.equal((await stream.finalRun()).status, "completed");
    assert.equal(stream.currentRun()?.status, "completed");
    assert.equal(stream.currentMessageSnapshot(), undefined);
    assert.equal(stream.currentRunStepSnapshot(), undefined);
  },

  "AssistantStream can be iterated, and listened to once": async (world) => {
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(text(["One ", "two."]));
    const stream = world.client.beta.threads.runs.stream(thread_id, { assistant_id });
    const deltas: string[] = [];
    const never = () => assert.fail("It was taken off.");
    stream.once("textDelta", ({ value = "" }) => void deltas.push(value)).on("end", never).off(
      "end",
      never,
    );
    const seen = await namesOf(stream);
    assert.deepEqual([seen[0], seen.at(-1)], ["thread.run.created", "thread.run.completed"]);
    assert.deepEqual(deltas, ["One "]);
  },

  "a stream passes through toReadableStream() and fromReadableStream()": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(text(["Hello ", "you."]), text(["Hello ", "you."]));
    const direct = runs.stream(thread_id, { assistant_id });
    const here = listen(direct);
    await direct.done();
    const there = AssistantStream.fromReadableStream(
      runs.stream(thread_id, { assistant_id }).toReadableStream(),
    );
    const told = listen(there);
    assert.equal((await there.finalRun()).status, "completed");
    assert.equal(textOf((await there.finalMessages())[0]), "Hello you.");
    assert.deepEqual(told, here);

    const raw = await runs.create(thread_id, { assistant_id, stream: true });
    const passed = AssistantStream.fromReadableStream(raw.toReadableStream());
    assert.equal((await passed.finalRun()).status, "completed");
  },

  "any text comes as it was said, wherever it is cut": async (world) => {
    const { assistant_id, thread_id } = await prepare(world);
    const { runs, messages } = world.client.beta.threads;
    // Ends of lines of all kinds, a NUL, and a character that is cut in two.
    const said = "a\r\n\r\ndata: b\u2028\u2029\u0085\u0000\ufeff 🌍: é【0†x】\n\n";
    world.upstream.enqueue(text(said.split("")));
    const stream = runs.stream(thread_id, { assistant_id });
    let heard = "";
    stream.on("textDelta", ({ value = "" }) => void (heard += value));
    assert.equal(textOf((await stream.finalMessages())[0]), said);
    assert.equal(heard, said);
    assert.equal(textOf((await messages.list(thread_id)).data[0]), said);
  },
};
