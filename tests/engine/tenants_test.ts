import assert from "node:assert/strict";
import { gate, text } from "../fakes/responses_server.ts";
import { prepare, readAll, readTo, send, setUp, streamRun } from "../kit/engine.ts";

Deno.test("no operation shows or changes anything of another tenant", async () => {
  await using setup = await setUp();
  const { client, engine, callerOf, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  const wait = gate();
  upstream.enqueue(text("First."), text(["One ", wait, "two."]));
  const done = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");
  const { data: [active] } = await client.beta.threads.runs.list(thread_id);
  const { data: [message] } = await client.beta.threads.messages.list(thread_id, { order: "asc" });
  const { data: [step] } = await client.beta.threads.runs.steps.list(done.id, { thread_id });
  const before = await setup.store.forTenant("default").list("message", {
    limit: 100,
    order: "asc",
    thread_id,
  });

  const stranger = { engine, caller: callerOf("stranger") };
  const own = await send(stranger, "POST", "/assistants", { model: "gpt-test" });
  const thread = `/threads/${thread_id}`;
  const run = `${thread}/runs/${active?.id}`;
  const user = { role: "user", content: "Mine." };
  const operations: [method: string, path: string, body?: unknown][] = [
    ["GET", `/assistants/${assistant_id}`],
    ["POST", `/assistants/${assistant_id}`, { name: "Mine" }],
    ["DELETE", `/assistants/${assistant_id}`],
    ["GET", thread],
    ["POST", thread, { metadata: { mine: "yes" } }],
    ["DELETE", thread],
    ["GET", `${thread}/messages`],
    ["POST", `${thread}/messages`, user],
    ["GET", `${thread}/messages/${message?.id}`],
    ["POST", `${thread}/messages/${message?.id}`, { metadata: { mine: "yes" } }],
    ["DELETE", `${thread}/messages/${message?.id}`],
    ["GET", `${thread}/runs`],
    ["POST", `${thread}/runs`, { assistant_id: own.body.id }],
    ["POST", "/threads/runs", { assistant_id }],
    ["GET", run],
    ["GET", `${run}?stream=true`],
    ["POST", run, { metadata: { mine: "yes" } }],
    ["POST", `${run}/cancel`],
    ["POST", `${run}/submit_tool_outputs`, { tool_outputs: [] }],
    ["GET", `${run}/steps`],
    ["GET", `${thread}/runs/${done.id}/steps/${step?.id}`],
  ];
  for (const [method, path, body] of operations) {
    const missing = await send(stranger, method, path, body);
    assert.equal(missing.status, 404, `${method} ${path}`);
    assert.match((missing.body.error as { message: string }).message, /^No \w+ found with id /);
  }
  const lists = await Promise.all(
    ["/assistants", "/threads"].map((path) => send(stranger, "GET", path)),
  );
  assert.deepEqual(
    lists.map(({ body }) => (body.data as { id: string }[]).map(({ id }) => id)),
    [[own.body.id], []],
  );
  const foreign = await send(stranger, "GET", `/assistants?after=${assistant_id}`);
  assert.equal(foreign.status, 400);

  const after = await setup.store.forTenant("default").list("message", {
    limit: 100,
    order: "asc",
    thread_id,
  });
  assert.deepEqual(after, before);
  wait.open();
  assert.equal((await readAll(events)).at(-2)?.event, "thread.run.completed");
});
