/** All that one tenant has becomes another's, whichever tables there are. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { FatalError } from "../../src/shared/errors.ts";
import { openArchive } from "../../src/store/archive/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import { aJob, aMessage, anAssistant, aRun, aStep, aThread } from "./_objects.ts";

const NOW = 1_700_000_100;

interface Database extends AsyncDisposable {
  store: Store;
  url: string;
  path: string;
}

async function database(): Promise<Database> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/assistants.db`;
  const url = `sqlite:${path}`;
  const store = openStore(url, { runEvents: true });
  return {
    store,
    url,
    path,
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Puts something into every table. */
async function fill(store: Store, tenant: string): Promise<void> {
  await store.forTenant(tenant).insertAssistant(anAssistant("asst_1"), "the default");
  await store.forTenant(tenant).insertAssistant(anAssistant("asst_2"));
  const thread = aThread("thread_1", { metadata: { topic: "moving" } });
  const run = aRun("run_1", "thread_1", { expires_at: NOW + 600 });
  const messages = [aMessage("msg_1", "thread_1"), aMessage("msg_2", "thread_1")];
  await store.forTenant(tenant).addToThread("thread_1", { thread, messages }, NOW, () => ({}));
  await store.forTenant(tenant).delete("message", "msg_1");
  const lease = { owner: "p", expiresAtMs: 1000, upstream: "up" };
  await store.forTenant(tenant).addToThread(
    "thread_1",
    { messages: [], run, lease },
    NOW,
    () => ({}),
  );
  await store.forTenant(tenant).commitRun("run_1", () => ({
    run: { ...run, status: "requires_action" },
    steps: [aStep("step_1", run)],
    items: [{ type: "reasoning" }],
  }));
  await store.forTenant(tenant).putJob(aJob("job_1", { expires_at: NOW + 60 }), NOW);
  await store.forTenant(tenant).putFile("thread_1", {
    object: {
      id: "file-1",
      object: "file",
      bytes: 1,
      created_at: NOW,
      filename: "a.txt",
      purpose: "assistants_output",
      status: "processed",
    },
    content: new Uint8Array([1]),
  });
  await store.forTenant(tenant).setContainer("thread_1", "up", { id: "cntr_1", file_ids: [] });
}

/** Every row of every table that has a tenant, by table. */
function rowsOf(path: string, tenant: string): Record<string, number> {
  const raw = new DatabaseSync(path, { readOnly: true });
  const tables = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    .map(({ name }) => String(name)).filter((name) =>
      raw.prepare(`PRAGMA table_info("${name}")`).all().some((column) => column.name === "tenant")
    );
  const counts = tables.map((table) =>
    [
      table,
      Number(raw.prepare(`SELECT count(*) AS n FROM "${table}" WHERE tenant = ?`).get(tenant)?.n),
    ] as const
  );
  raw.close();
  return Object.fromEntries(counts);
}

Deno.test("moveTenant() moves the rows of every table that has tenants, and nobody else's", async () => {
  await using us = await database();
  await fill(us.store, "us");
  await fill(us.store, "them");
  const ours = rowsOf(us.path, "us");
  // A table that this test leaves empty would not be seen to be forgotten.
  for (const [table, rows] of Object.entries(ours)) assert.ok(rows > 0, `${table} is filled`);

  using archive = openArchive(us.url);
  const moved = await archive.moveTenant("us", "new", 2000);
  assert.deepEqual(moved.objects, { assistant: 2, thread: 1, message: 1, run: 1, step: 1 });
  assert.deepEqual(rowsOf(us.path, "new"), ours);
  assert.deepEqual(rowsOf(us.path, "them"), ours);
  assert.ok(Object.values(rowsOf(us.path, "us")).every((rows) => rows === 0));
  assert.equal((await us.store.forTenant("new").get("run", "run_1"))?.status, "requires_action");
  assert.deepEqual(await us.store.forTenant("new").runItems("run_1"), [{ type: "reasoning" }]);
  // References still hold: what belongs to a thread goes with it.
  assert.equal(await us.store.forTenant("new").delete("thread", "thread_1"), true);
  assert.equal(await us.store.forTenant("new").get("message", "msg_2"), undefined);
});

Deno.test("moveTenant() adds to what the receiver has, whose default assistant stays", async () => {
  await using us = await database();
  await us.store.forTenant("us").insertAssistant(anAssistant("asst_1"), "the default");
  await us.store.forTenant("us").insertAssistant(anAssistant("asst_2"), "another");
  await us.store.forTenant("new").insertAssistant(anAssistant("asst_3"), "the default");
  using archive = openArchive(us.url);
  await archive.moveTenant("us", "new", 0);
  const byKey = async (key: string) =>
    (await us.store.forTenant("new").insertAssistant(anAssistant("asst_4"), key)).id;
  assert.equal(await byKey("the default"), "asst_3");
  assert.equal(await byKey("another"), "asst_2");
  assert.deepEqual(
    await us.store.forTenant("new").get("assistant", "asst_1"),
    anAssistant("asst_1"),
  );
});

Deno.test("moveTenant() moves nothing where both have the same object", async () => {
  await using us = await database();
  const entry = (metadata: Record<string, string>) => ({
    thread: aThread("thread_1", { metadata }),
    messages: [],
  });
  await us.store.forTenant("us").insertAssistant(anAssistant("asst_1"));
  await us.store.forTenant("us").addToThread("thread_1", entry({ of: "us" }), NOW, () => ({}));
  await us.store.forTenant("new").addToThread("thread_1", entry({ of: "new" }), NOW, () => ({}));
  using archive = openArchive(us.url);
  await assert.rejects(archive.moveTenant("us", "new", 0), (error) => {
    assert(error instanceof FatalError);
    assert.match(error.message, /both tenants have threads with the same IDs; nothing was moved$/);
    return true;
  });
  assert.deepEqual(
    await us.store.forTenant("us").get("assistant", "asst_1"),
    anAssistant("asst_1"),
  );
  assert.deepEqual((await us.store.forTenant("new").get("thread", "thread_1"))?.metadata, {
    of: "new",
  });
});

Deno.test("moveTenant() waits for no run that a server works on", async () => {
  await using us = await database();
  const lease = { owner: "p", expiresAtMs: 5000, upstream: "up" };
  const run = aRun("run_1", "thread_1");
  const entry = { thread: aThread("thread_1"), messages: [], run, lease };
  await us.store.forTenant("us").addToThread("thread_1", entry, NOW, () => ({}));
  using archive = openArchive(us.url);
  await assert.rejects(
    archive.moveTenant("us", "new", 4999),
    /a server is executing 1 of its runs/,
  );
  assert.equal(await us.store.forTenant("new").get("run", "run_1"), undefined);
  // The same as that of a server which is gone.
  await archive.moveTenant("us", "new", 5000);
  assert.equal((await us.store.forTenant("new").get("run", "run_1"))?.id, "run_1");
});

Deno.test("tenantsLike() finds tenants by how they begin", async () => {
  await using us = await database();
  for (const tenant of ["default", "00ff00ff00ff1", "00ff00ff00ff2", "aa"]) {
    await us.store.forTenant(tenant).insertAssistant(anAssistant("asst_1"));
  }
  using archive = openArchive(us.url);
  assert.deepEqual(await archive.tenantsLike("00ff00ff00ff"), ["00ff00ff00ff1", "00ff00ff00ff2"]);
  assert.deepEqual(await archive.tenantsLike("00ff00ff00ff2"), ["00ff00ff00ff2"]);
  assert.deepEqual(await archive.tenantsLike("bb"), []);
});
