/** What is counted of runs: each end once, whoever finds it, and each token once. */

import assert from "node:assert/strict";
import { metricsText } from "../../src/telemetry/mod.ts";
import { functionCalls, text } from "../fakes/responses_server.ts";
import { ManualClock, prepare, settled, type Setup, setUp, weather } from "../kit/engine.ts";

const TEN_MINUTES_MS = 600_000;

function counted(name: string): number {
  const line = metricsText().split("\n").find((line) => line.startsWith(`assistants_mcp_${name} `));
  return Number(line?.split(" ")[1] ?? 0);
}

/** What the work adds to a metric. */
async function added(name: string, work: () => Promise<unknown>): Promise<number> {
  const before = counted(name);
  await work();
  return counted(name) - before;
}

/** A run that waits for the output of its one call, `a`. */
async function pending(setup: Setup) {
  setup.upstream.enqueue(functionCalls([{ name: "weather", arguments: {}, call_id: "a" }]));
  const { assistant_id, thread_id } = await prepare(setup);
  const { runs } = setup.client.beta.threads;
  const created = await runs.create(thread_id, { assistant_id, tools: [weather] });
  const run = await settled(setup, created);
  assert.equal(run.status, "requires_action");
  return { thread_id, assistant_id, id: run.id, runs };
}

Deno.test("a run that is cancelled while it waits for its client is counted as cancelled", async () => {
  await using setup = await setUp();
  const { id, thread_id, runs } = await pending(setup);
  const cancel = () => runs.cancel(id, { thread_id });
  assert.equal(await added('runs_total{status="cancelled"}', cancel), 1);
});

Deno.test("a run that expires while it waits for its client is counted once, whoever finds it", async () => {
  for (const how of ["timer", "read", "message"] as const) {
    const clock = new ManualClock();
    await using setup = await setUp({ clock });
    const { id, thread_id, runs } = await pending(setup);
    const expire = async () => {
      clock.advance(TEN_MINUTES_MS, { timers: how === "timer" });
      if (how === "message") {
        const message = { role: "user", content: "Still there?" } as const;
        await setup.client.beta.threads.messages.create(thread_id, message);
      }
      for (let time = 0; time < 2; time++) {
        assert.equal((await runs.retrieve(id, { thread_id })).status, "expired");
      }
    };
    assert.equal(await added('runs_total{status="expired"}', expire), 1, how);
  }
});

Deno.test("the tokens of a run that has called functions are counted once", async () => {
  await using setup = await setUp();
  const work = async () => {
    const { id, thread_id, runs } = await pending(setup);
    setup.upstream.enqueue(text("Rain.", { usage: { input: 30, output: 7 } }));
    const tool_outputs = [{ tool_call_id: "a", output: "Rain." }];
    const run = await runs.submitToolOutputs(id, { thread_id, tool_outputs });
    assert.equal((await settled(setup, run)).usage?.prompt_tokens, 40);
  };
  assert.equal(await added('run_tokens_total{kind="prompt"}', work), 40);
  assert.equal(await added('run_tokens_total{kind="completion"}', work), 12);
});
