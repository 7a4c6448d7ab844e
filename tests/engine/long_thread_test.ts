/** A run reads as much of its thread as it sends on, however long the thread is. */

import assert from "node:assert/strict";
import { StatementSync } from "node:sqlite";
import { systemClock, unixSeconds } from "../../src/shared/clock.ts";
import { newMessage } from "../../src/engine/objects/new_objects.ts";
import { functionCalls } from "../fakes/responses_server.ts";
import { prepare, settled, type Setup, setUp, weather } from "../kit/engine.ts";

const LENGTH = 10_000;

type Ids = { assistant_id: string; thread_id: string };

Deno.test("a run reads those messages only that its truncation strategy keeps", async () => {
  await using setup = await setUp();
  const ids = await prepare(setup);
  await write(setup, ids, LENGTH);
  await callWeather(setup, ids);
  await write(setup, ids, 10);
  await callWeather(setup, ids);

  using counted = countRows();
  const { id } = await setup.client.beta.threads.runs.create(ids.thread_id, {
    assistant_id: ids.assistant_id,
    truncation_strategy: { type: "last_messages", last_messages: 20 },
  });
  const run = await settled(setup, { thread_id: ids.thread_id, id });
  assert.equal(run.status, "completed");

  const { input } = setup.upstream.requests.at(-1)?.body ?? {};
  assert.ok(Array.isArray(input));
  const kinds = Map.groupBy(input, ({ type = "message" }) => type);
  assert.equal(kinds.get("message")?.length, 20);
  assert.equal(kinds.get("function_call")?.length, 2);
  // A message more tells whether any are left out, and of each the id is read for the calls.
  assert.ok(counted.messages <= 60, `${counted.messages} rows of messages were read`);
  assert.ok(counted.all <= 120, `${counted.all} rows were read`);
});

/** Fills a thread, in few transactions. */
async function write({ store }: Setup, { thread_id }: Ids, count: number): Promise<void> {
  const messages = Array.from(
    { length: count },
    (_, n) => newMessage(thread_id, { role: "user", content: `${n}` }, unixSeconds(systemClock)),
  );
  await store.forTenant("default").addToThread(thread_id, { messages }, 0, () => ({}));
}

/** A run with a call that is answered. */
async function callWeather({ client, upstream }: Setup, { assistant_id, thread_id }: Ids) {
  upstream.enqueue(functionCalls([{ name: "weather", arguments: ["{}"], call_id: "a" }]));
  const { runs } = client.beta.threads;
  const { id } = await runs.createAndPoll(thread_id, { assistant_id, tools: [weather] });
  const tool_outputs = [{ tool_call_id: "a", output: "Sunny" }];
  const run = await runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs });
  assert.equal(run.status, "completed");
}

/** Counts the rows that SQLite hands out. */
function countRows() {
  const counted = { messages: 0, all: 0 };
  const { all, get } = StatementSync.prototype;
  function count(sql: string, rows: number): void {
    counted.all += rows;
    if (/FROM messages/.test(sql)) counted.messages += rows;
  }
  StatementSync.prototype.all = function (...values: unknown[]) {
    const rows = Reflect.apply(all, this, values);
    count(this.sourceSQL, rows.length);
    return rows;
  };
  StatementSync.prototype.get = function (...values: unknown[]) {
    const row = Reflect.apply(get, this, values);
    count(this.sourceSQL, row === undefined ? 0 : 1);
    return row;
  };
  return Object.assign(counted, {
    [Symbol.dispose]: () => void Object.assign(StatementSync.prototype, { all, get }),
  });
}
