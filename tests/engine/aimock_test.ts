import assert from "node:assert/strict";
import { LLMock } from "@copilotkit/aimock";
import { callerTo, clientOf, prepare, setUp, upstreamClient } from "../kit/engine.ts";

// aimock leaves a timer of its own behind.
Deno.test("a run says what an aimock fixture says", {
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const mock = new LLMock({ port: 0 });
  mock.onMessage("ping", { content: "The fixture's pong." });
  await mock.start();
  try {
    await using setup = await setUp();
    const { assistant_id, thread_id } = await prepare(setup, "ping");
    const upstream = upstreamClient(`${mock.url}/v1`);
    const client = clientOf(setup.engine, callerTo(upstream));
    const run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
    assert.equal(run.status, "completed", run.last_error?.message);
    assert.ok(run.usage);
    const { data: [message] } = await client.beta.threads.messages.list(thread_id);
    assert.deepEqual(message?.content, [
      { type: "text", text: { value: "The fixture's pong.", annotations: [] } },
    ]);
  } finally {
    await mock.stop();
  }
});
