import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { ApiError, FatalError, UsageError } from "../../src/shared/errors.ts";
import { openDatabase } from "../../src/store/sqlite/open.ts";
import { pageSql } from "../../src/store/sqlite/_pages.ts";
import { migrate } from "../../src/store/sqlite/schema.ts";
import { openStore } from "../../src/store/mod.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { aMessage, anAssistant, aRun, aThread } from "./_objects.ts";

Deno.test("openStore() refuses other URLs and says what is right", () => {
  for (const url of ["", "sqlite:", "assistants.db", "sqlite:///x.db", "mysql://u:hunter2@h/db"]) {
    assert.throws(() => openStore(url), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, /sqlite:PATH/);
      assert.doesNotMatch(error.message, /hunter2|\n/);
      return true;
    });
  }
});

Deno.test("openStore() makes its folder and files for this user only", async () => {
  await using folder = await temporaryFolder();
  const store = openStore(`sqlite:${folder.path}/a/b/assistants.db`);
  await store.forTenant("us").insertAssistant(anAssistant("asst_1"));
  const modes: Record<string, string> = {};
  for (const name of ["", "/assistants.db", "/assistants.db-wal", "/assistants.db-shm"]) {
    modes[name] = mode(`${folder.path}/a/b${name}`);
  }
  await store.close();
  if (Deno.build.os === "windows") return;
  assert.deepEqual(modes, {
    "": "700",
    "/assistants.db": "600",
    "/assistants.db-wal": "600",
    "/assistants.db-shm": "600",
  });
  assert.equal(mode(`${folder.path}/a`), "700");
});

Deno.test("openStore() leaves the mode of a folder that exists", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o755);
  await openStore(`sqlite:${folder.path}/assistants.db`).close();
  assert.equal(mode(folder.path), "755");
});

Deno.test("openStore() finds again what an earlier store kept", async () => {
  await using folder = await temporaryFolder();
  const url = `sqlite:${folder.path}/file:assistants.db?mode=memory`;
  const first = openStore(url);
  await first.forTenant("us").insertAssistant(anAssistant("asst_1"));
  await first.close();
  const second = openStore(url);
  assert.deepEqual(await second.forTenant("us").get("assistant", "asst_1"), anAssistant("asst_1"));
  await second.close();
  await second.close();
});

Deno.test("openDatabase() overwrites what it deletes and keeps a write-ahead log", async () => {
  await using folder = await temporaryFolder();
  const database = openDatabase(`${folder.path}/assistants.db`);
  assert.deepEqual({ ...database.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" });
  assert.deepEqual({ ...database.prepare("PRAGMA secure_delete").get() }, { secure_delete: 1 });
  assert.deepEqual({ ...database.prepare("PRAGMA synchronous").get() }, { synchronous: 1 });
  assert.deepEqual({ ...database.prepare("PRAGMA foreign_keys").get() }, { foreign_keys: 1 });
  database.close();
});

Deno.test("openStore() refuses a newer schema and leaves the file as it is", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/assistants.db`;
  const url = `sqlite:${path}`;
  await openStore(url).close();
  const newer = new DatabaseSync(path);
  newer.prepare("PRAGMA user_version = 4711").run();
  newer.close();
  await refuses(url, path, /version 4711 .* up to 1; update assistants-mcp/);

  const unknown = `${folder.path}/unknown.db`;
  const other = new DatabaseSync(unknown);
  other.prepare("CREATE TABLE t (x)").run();
  other.prepare("PRAGMA user_version = 2").run();
  other.close();
  await refuses(`sqlite:${unknown}`, unknown, /version 2 .* up to 1; update assistants-mcp/);
});

Deno.test("openStore() refuses another program's database and leaves it as it is", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/theirs.db`;
  const theirs = new DatabaseSync(path);
  theirs.prepare("CREATE TABLE accounts (x)").run();
  theirs.close();
  await refuses(`sqlite:${path}`, path, /another program/);
});

Deno.test("openStore() refuses a file that is no database and leaves it as it is", async () => {
  await using folder = await temporaryFolder();
  for (const text of ["no", "These are the notes of a person. ".repeat(400)]) {
    const path = `${folder.path}/notes.txt`;
    await Deno.writeTextFile(path, text);
    await refuses(`sqlite:${path}`, path, /not a SQLite database/);
  }
});

Deno.test("openStore() says why a path cannot be a database", async () => {
  await using folder = await temporaryFolder();
  assert.throws(() => openStore(`sqlite:${folder.path}`), oneLine(/it is a folder/));
  await Deno.writeTextFile(`${folder.path}/file`, "");
  assert.throws(
    () => openStore(`sqlite:${folder.path}/file/assistants.db`),
    oneLine(/the folder ".*\/file" cannot be created/),
  );
});

Deno.test("openDatabase() says that another process keeps the file locked", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/assistants.db`;
  const holder = openDatabase(path);
  holder.prepare("BEGIN IMMEDIATE").run();
  assert.throws(() => openDatabase(path, 20), oneLine(/locked/));
  holder.prepare("COMMIT").run();
  openDatabase(path, 20).close();
  holder.close();

  const exclusive = new DatabaseSync(`${folder.path}/new.db`);
  exclusive.prepare("BEGIN EXCLUSIVE").run();
  assert.throws(() => openDatabase(`${folder.path}/new.db`, 20), oneLine(/locked/));
  exclusive.close();
});

Deno.test("migrate() leaves nothing of a step that fails", () => {
  const database = openDatabase(":memory:");
  database.prepare("DROP TABLE assistants").run();
  database.prepare("PRAGMA user_version = 0").run();
  assert.throws(() => migrate(database), /already exists/);
  const tables = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'assistants'").all();
  assert.deepEqual(tables, []);
  database.close();
});

Deno.test("migrate() never takes a newer schema back", () => {
  const database = openDatabase(":memory:");
  database.prepare("PRAGMA user_version = 4711").run();
  assert.throws(() => migrate(database), /version 4711/);
  const version = database.prepare("PRAGMA user_version").get()?.user_version;
  assert.equal(version, 4711);
  database.close();
});

Deno.test("the thread lock holds between two stores on one file", async () => {
  await using folder = await temporaryFolder();
  const url = `sqlite:${folder.path}/assistants.db`;
  const [one, two] = [openStore(url), openStore(url)];
  const enter = (store: typeof one, runId: string) =>
    store.forTenant("us").addToThread(
      "thread_1",
      { messages: [], run: aRun(runId, "thread_1") },
      0,
      () => ({}),
    );
  const thread = aThread("thread_1");
  await one.forTenant("us").addToThread("thread_1", { thread, messages: [] }, 0, () => ({}));
  await enter(two, "run_2");
  await assert.rejects(enter(one, "run_1"), { name: "ThreadBusyError", runId: "run_2" });
  await one.forTenant("us").update("run", "run_2", (run) => ({ ...run, status: "failed" }));
  await enter(one, "run_1");
  await assert.rejects(enter(two, "run_3"), { name: "ThreadBusyError", runId: "run_1" });
  await one.close();
  await two.close();
});

Deno.test("the thread lock is the database's, whoever writes", async () => {
  const database = openDatabase(":memory:");
  const store = new SqliteStore(database, ":memory:");
  const entry = { thread: aThread("thread_1"), messages: [], run: aRun("run_1", "thread_1") };
  await store.forTenant("us").addToThread("thread_1", entry, 0, () => ({}));
  const second = database.prepare(
    "INSERT INTO runs (tenant, id, thread_id, created_at, body) VALUES ('us', 'x', 'thread_1', 0, ?)",
  );
  assert.throws(() => second.run('{"status":"requires_action"}'), /UNIQUE/);
  second.run('{"status":"completed"}');
  await store.close();
});

Deno.test("processes that start at once share a new file, and each thread goes to one", async () => {
  await using folder = await temporaryFolder();
  const url = `sqlite:${folder.path}/assistants.db`;
  const threads = 200;
  const racers = ["one", "two"].map((name) => startRacer(url, name, threads));
  for (const racer of racers) await racer.ready;
  const store = openStore(url);
  for (let index = 0; index < threads; index++) {
    const id = `thread_${index}`;
    await store.forTenant("us").addToThread(
      id,
      { thread: aThread(id), messages: [] },
      0,
      () => ({}),
    );
  }
  await store.close();
  const results = await Promise.all(racers.map((racer) => racer.go()));

  const [[won1, assistant1], [won2, assistant2]] = results as [
    [string[], string],
    [string[], string],
  ];
  assert.deepEqual([...won1, ...won2].toSorted(), threadIds(threads));
  assert.equal(assistant1, assistant2);
});

Deno.test("processes that start at once make one schema", async () => {
  await using folder = await temporaryFolder();
  const url = `sqlite:${folder.path}/assistants.db`;
  const racers = ["one", "two", "three"].map((name) => startRacer(url, name, 0));
  for (const racer of racers) await racer.ready;
  const results = await Promise.all(racers.map((racer) => racer.go()));
  assert.equal(new Set(results.map(([, assistant]) => assistant)).size, 1);
});

Deno.test("a full disk is a clear error that leaves nothing half written", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/assistants.db`;
  const database = openDatabase(path);
  const store = new SqliteStore(database, path);
  const pages = database.prepare("PRAGMA page_count").get()?.page_count;
  database.prepare(`PRAGMA max_page_count = ${Number(pages) + 20}`).get();
  const thread = aThread("thread_1");
  const content = [{ type: "text" as const, text: { value: "x".repeat(9000), annotations: [] } }];
  const messages = Array.from(
    { length: 30 },
    (_, index) => aMessage(`msg_${index}`, "thread_1", { content }),
  );

  await assert.rejects(
    store.forTenant("us").addToThread("thread_1", { thread, messages }, 0, () => ({})),
    (error) => {
      assert(error instanceof ApiError);
      assert.deepEqual([error.status, error.type], [500, "server_error"]);
      assert.match(
        error.message,
        /^Cannot write the database ".*assistants\.db": the disk is full/,
      );
      return true;
    },
  );
  assert.equal(await store.forTenant("us").get("thread", "thread_1"), undefined);
  assert.equal(await store.forTenant("us").get("message", "msg_0"), undefined);
  await store.forTenant("us").addToThread("thread_1", { thread, messages: [] }, 0, () => ({}));
  assert.deepEqual(await store.forTenant("us").get("thread", "thread_1"), thread);
  await store.close();
});

Deno.test("a page costs the same wherever it stands: no scan and no sort", () => {
  const database = openDatabase(":memory:");
  const lists = [
    ["assistant", {}, "INDEX assistants_in_order"],
    ["thread", {}, "INDEX threads_in_order"],
    ["thread", { metadata: { a: "1", b: "2" } }, "PRIMARY KEY"],
    ["message", { thread_id: "t" }, "INDEX messages_of_thread"],
    ["message", { thread_id: "t", metadata: { a: "1" } }, "INDEX messages_of_thread"],
    ["message", { thread_id: "t", run_id: "r" }, "INDEX messages_of_run"],
    ["run", { thread_id: "t", status: "failed", assistant_id: "a" }, "INDEX runs_of_thread"],
    ["step", { thread_id: "t", run_id: "r" }, "INDEX steps_of_run"],
  ] as const;
  for (const [kind, filters, index] of lists) {
    for (const cursors of [{}, { after: "a" }, { before: "b" }, { after: "a", before: "b" }]) {
      for (const bounds of [{}, { created_after: 1 }, { created_after: 1, created_before: 9 }]) {
        const query = { limit: 20, order: "desc" as const, ...filters, ...cursors, ...bounds };
        const plan = database.prepare(`EXPLAIN QUERY PLAN ${pageSql(kind, query)}`).all()
          .map((row) => String(row.detail)).filter((step) => !step.includes("json_each"));
        assert(plan.some((step) => step.includes(`USING ${index} (`)), `${plan}`);
        assert(plan.every((step) => !/SCAN|TEMP B-TREE/.test(step)), `${plan}`);
      }
    }
  }
  database.close();
});

interface Racer {
  ready: Promise<void>;
  /** Lets it run and returns the threads it got, and the assistant it was given. */
  go(): Promise<[string[], string]>;
}

function startRacer(url: string, name: string, threads: number): Racer {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      new URL("./_racer.ts", import.meta.url).href,
      url,
      name,
      String(threads),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    ready: output.read().then(({ value }) => assert.equal(value, "ready\n")),
    async go() {
      const input = child.stdin.getWriter();
      await input.write(new TextEncoder().encode("go\n"));
      await input.close();
      let text = "";
      for (let part = await output.read(); !part.done; part = await output.read()) {
        text += part.value;
      }
      assert.equal((await child.status).code, 0);
      return JSON.parse(text);
    },
  };
}

function threadIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `thread_${index}`).toSorted();
}

async function refuses(url: string, path: string, reason: RegExp): Promise<void> {
  const before = await Deno.readFile(path);
  assert.throws(() => openStore(url), oneLine(reason));
  assert.deepEqual(await Deno.readFile(path), before);
}

function oneLine(reason: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof FatalError);
    assert.match(error.message, /^Cannot open the database ".*": /);
    assert.match(error.message, reason);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };
}

function mode(path: string): string {
  return ((Deno.statSync(path).mode ?? 0) & 0o777).toString(8);
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
