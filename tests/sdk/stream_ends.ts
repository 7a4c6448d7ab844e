/** How streams end, and what becomes of those that are left alone, aborted or many. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import type { AssistantStream } from "openai/lib/AssistantStream";
import { errorEvent, gate, incomplete, neverAnswer, text } from "../fakes/responses_server.ts";
import { listen, prepare, type Scenario, textOf } from "./world.ts";

export const streamEnds: Record<string, Scenario> = {
  "abort() ends the stream, and the run goes on": async (world) => {
    const { runs, messages } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    const wait = gate();
    world.upstream.enqueue(text(["One ", wait, "two."]));
    const stream = runs.stream(thread_id, { assistant_id });
    const told = listen(stream);
    await stream.emitted("textDelta");
    stream.abort();
    await assert.rejects(stream.finalRun(), OpenAI.APIUserAbortError);
    assert.deepEqual(told.slice(-2), ["abort", "end"]);
    assert.ok(stream.aborted);
    wait.open();
    const { data: [run] } = await runs.list(thread_id);
    assert.equal((await runs.poll(run?.id ?? "", { thread_id })).status, "completed");
    assert.equal(textOf((await messages.list(thread_id)).data[0]), "One two.");
  },

  "a stream ends as its run does": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    const end = async (
      play: (stream: AssistantStream) => Promise<unknown> = () => Promise.resolve(),
    ) => {
      const stream = runs.stream(thread_id, { assistant_id });
      await play(stream);
      const run = await stream.finalRun();
      const [messages, steps] = [await stream.finalMessages(), await stream.finalRunSteps()];
      return [run.status, messages.map(({ status }) => status), steps.map(({ status }) => status)];
    };
    world.upstream.enqueue(
      errorEvent({ code: "server_error", message: "Broken." }, ["Half"]),
      incomplete("max_output_tokens", ["Half"]),
      text(["Half", gate()]),
      text(["Half", gate()]),
      neverAnswer(),
    );
    assert.deepEqual(await end(), ["failed", ["incomplete"], ["failed"]]);
    assert.deepEqual(await end(), ["incomplete", ["incomplete"], ["completed"]]);
    const cancel = async (stream: AssistantStream) => {
      await stream.emitted("textDelta");
      await runs.cancel(stream.currentRun()?.id ?? "", { thread_id });
    };
    assert.deepEqual(await end(cancel), ["cancelled", ["incomplete"], ["cancelled"]]);
    const expire = async (stream: AssistantStream) => {
      await stream.emitted("textDelta");
      world.clock.advance(601_000);
    };
    assert.deepEqual(await end(expire), ["expired", ["incomplete"], ["expired"]]);
    const expireEarly = async (stream: AssistantStream) => {
      await stream.emitted("connect");
      world.clock.advance(601_000);
    };
    assert.deepEqual(await end(expireEarly), ["expired", [], []]);
  },

  "a stream that cannot go on fails with the reason": async (world) => {
    const { assistant_id, thread_id } = await prepare(world);
    world.upstream.enqueue(text(["One ", gate()]));
    const stream = world.client.beta.threads.runs.stream(thread_id, { assistant_id });
    const told = listen(stream);
    await stream.emitted("textDelta");
    const [ended] = await Promise.allSettled([stream.finalRun(), world.closeEngine()]);
    assert.ok(ended.status === "rejected" && ended.reason instanceof OpenAI.APIError);
    assert.match(ended.reason.message, /shutting down/);
    assert.match(told.at(-2) ?? "", /^error .*shutting down/);

    const refused = world.client.beta.threads.runs.stream(thread_id, { assistant_id });
    await assert.rejects(refused.finalRun(), OpenAI.InternalServerError);
  },

  "many runs stream at once, each its own": async (world) => {
    const { threads } = world.client.beta;
    const { assistant_id } = await prepare(world);
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const thread = { messages: [{ role: "user" as const, content: `${index}` }] };
      const stream = threads.createAndRunStream({ assistant_id, thread });
      assert.equal(textOf((await stream.finalMessages())[0]), `You said: "${index}".`);
    }));
  },

  "a silent stream is kept alive, which the SDK does not notice": async (world) => {
    const { runs } = world.client.beta.threads;
    const { assistant_id, thread_id } = await prepare(world);
    const [first, second] = [gate(), gate()];
    world.upstream.enqueue(text([first, "Late."]), text([second, "Late."]));
    const raw = await runs.create(thread_id, { assistant_id, stream: true }).asResponse();
    // A client that still has something to read gets no comment.
    const reading = raw.text();
    await first.reached;
    world.clock.advance(15_000);
    first.open();
    assert.match(await reading, /\n\n: keep-alive\n\n[^]*\ndata: \[DONE\]\n\n$/);

    const stream = runs.stream(thread_id, { assistant_id });
    const told = listen(stream);
    await second.reached;
    world.clock.advance(15_000);
    second.open();
    assert.equal((await stream.finalRun()).status, "completed");
    assert.deepEqual(told.slice(0, 2), ["connect", "runStepCreated message_creation"]);
  },
};
