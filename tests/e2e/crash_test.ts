import assert from "node:assert/strict";
import { neverAnswer, startResponsesServer } from "../fakes/responses_server.ts";
import { Lane, type State, STATES } from "../kit/crash.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";

const options = { timeout: 240_000 };

Deno.test(
  "servers that are killed lose nothing, and no run of theirs is stuck",
  options,
  async () => {
    const pairs = STATES.map((state, index): State[] => [state, STATES[(index + 3) % 7] ?? state]);
    const lanes = await Promise.all(pairs.map(async (states) => {
      await using lane = await Lane.open();
      for (const state of states) await lane.kill(state);
      await lane.lookAtAll();
      return lane;
    }));
    assert.deepEqual(lanes.flatMap(({ lost }) => lost), []);
    assert.deepEqual(lanes.flatMap(({ stuck }) => stuck), []);
    assert.ok(lanes.flatMap(({ killed }) => killed).length >= 12);
  },
);

Deno.test("two servers race for the runs of one that was killed", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const env = upstreamSettings(folder, upstream);
  const [victim, ...racers] = await Promise.all([0, 1, 2].map(async () => {
    const server = new StdioProcess(env);
    await server.initialize();
    return server;
  }));
  assert.ok(victim);
  const names = Array.from({ length: 20 }, (_, index) => `run ${index}`);
  upstream.enqueue(...names.map(() => neverAnswer()));
  const { structuredContent: { id: assistant_id } } = await victim.callTool("create_assistant", {
    model: "gpt-test",
  });
  const created = await victim.callTools(names.map((instructions) => {
    return ["create_thread_and_run", { assistant_id, instructions }];
  }));
  await upstream.received(names.length);
  victim.child.kill("SIGKILL");
  await victim[Symbol.asyncDispose]();

  const [racer] = racers;
  assert.ok(racer);
  const ended = await racer.callTools(created.map(({ structuredContent: { id, thread_id } }) => {
    return ["wait_for_run", { thread_id, run_id: id, wait_s: 30 }];
  }));
  assert.deepEqual(
    ended.map(({ structuredContent }) => structuredContent.run.status),
    names.map(() => "completed"),
  );
  const asked = upstream.requests.map(({ body }) => body?.instructions);
  assert.deepEqual(asked.toSorted(), [...names, ...names].toSorted());
  for (const server of racers) await server[Symbol.asyncDispose]();
});
