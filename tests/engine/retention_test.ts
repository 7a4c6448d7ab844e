import assert from "node:assert/strict";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { createEngine } from "../../src/engine/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import { aMessage, aThread } from "../store/_objects.ts";
import { ManualClock } from "../kit/engine.ts";

const MINUTE_MS = 60_000, DAY_S = 86_400, DAY_MS = DAY_S * 1000;

interface Setup extends AsyncDisposable {
  clock: ManualClock;
  /** Seconds by that clock. */
  now(): number;
  stores: Store[];
  /** Lets so much time go by, and so many sweeps come to their ends. */
  pass(ms: number): Promise<LogRecord[]>;
  close(): Promise<void>;
}

/** Engines on one database, each with a store of its own as in another process. */
async function setUp(retentionDays?: number, engines = 1): Promise<Setup> {
  const folder = await Deno.makeTempDir();
  const clock = new ManualClock();
  const stores = Array.from(
    { length: engines },
    () => openStore(`sqlite:${folder}/assistants.db`, { clock }),
  );
  const all = stores.map((store) => createEngine({ store, clock, retentionDays }));
  let records: LogRecord[] = [];
  let logged = () => {};
  configureSync({
    sinks: {
      kept: (record) => {
        records.push(record);
        logged();
      },
    },
    loggers: [
      { category: ["assistants-mcp", "retention"], lowestLevel: "info", sinks: ["kept"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
    ],
  });
  const close = async () => void await Promise.all(all.map((engine) => engine.close()));
  return {
    clock,
    now: () => Math.floor(clock.now() / 1000),
    stores,
    async pass(ms) {
      records = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      logged = resolve;
      clock.advance(ms);
      await promise;
      return records;
    },
    close,
    async [Symbol.asyncDispose]() {
      await close();
      resetSync();
      await Promise.all(stores.map((store) => store.close()));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function putThread(store: Store, tenant: string, id: string, created_at: number) {
  const thread = aThread(id, { created_at });
  const messages = [aMessage(`msg_${id}`, id, { created_at })];
  await store.forTenant(tenant).addToThread(id, { thread, messages }, created_at, () => ({}));
}

async function threadIds(store: Store, tenant: string): Promise<string[]> {
  const { data } = await store.forTenant(tenant).list("thread", { limit: 1000, order: "asc" });
  return data.map(({ id }) => id);
}

Deno.test("RETENTION_DAYS removes threads that are unused for so long, and says how many", async () => {
  await using setup = await setUp(30);
  const [store] = setup.stores as [Store];
  const now = setup.now();
  for (let index = 0; index < 25; index++) {
    await putThread(store, index % 2 ? "us" : "them", `thread_${index}`, now - 31 * DAY_S);
  }
  await putThread(store, "us", "thread_young", now - 29 * DAY_S);
  await putThread(store, "us", "thread_used", now - 31 * DAY_S);
  await store.forTenant("us").update("message", "msg_thread_used", (message) => message);

  const [record, ...others] = await setup.pass(MINUTE_MS);
  assert.deepEqual(others, []);
  assert.deepEqual(record?.properties, { threads: 25, days: 30 });
  assert.deepEqual(await threadIds(store, "them"), []);
  assert.deepEqual(
    (await threadIds(store, "us")).toSorted(),
    ["thread_used", "thread_young"],
  );
  assert.equal(await store.forTenant("us").get("message", "msg_thread_1"), undefined);

  const [later] = await setup.pass(2 * DAY_MS);
  assert.deepEqual(later?.properties, { threads: 1, days: 30 });
  assert.deepEqual(await threadIds(store, "us"), ["thread_used"]);
});

Deno.test("RETENTION_DAYS in two processes removes each thread once", async () => {
  await using setup = await setUp(1, 2);
  const [store] = setup.stores as [Store];
  for (let index = 0; index < 60; index++) {
    await putThread(store, "us", `thread_${index}`, setup.now() - 2 * DAY_S);
  }
  const records = await setup.pass(MINUTE_MS);
  // Their ends wait for what they have begun.
  await setup.close();
  const counts = records.map(({ level, properties }) => {
    assert.equal(level, "info");
    return Number(properties.threads);
  });
  assert.equal(counts.reduce((sum, count) => sum + count), 60);
  assert.deepEqual(await threadIds(store, "us"), []);
});

Deno.test("without RETENTION_DAYS nothing is removed, and no timer runs", async () => {
  await using setup = await setUp();
  const [store] = setup.stores as [Store];
  await putThread(store, "us", "thread_old", 1);
  assert.equal(setup.clock.pending, 0);
  setup.clock.advance(1000 * DAY_MS);
  await setup.close();
  assert.deepEqual(await threadIds(store, "us"), ["thread_old"]);
});
