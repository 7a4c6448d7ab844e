/** Exports and imports: round trips, saved responses of the API, and invalid input. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { exportedLines } from "../../src/cli/data/export.ts";
import { importFrom, type ImportSummary } from "../../src/cli/data/import.ts";
import { type Archive, ImportError, openArchive } from "../../src/store/archive/mod.ts";
import { openStore, type Store } from "../../src/store/mod.ts";
import { aMessage, anAssistant, aRun, aStep, aThread } from "../store/_objects.ts";
import { type Action, actionArbitrary, applyActions, observedState } from "./_archive_actions.ts";

const TENANT = "tenant-a";
const OTHER_TENANT = "tenant-b";
const NOW = 1_800_000_000;

interface Database extends AsyncDisposable {
  store: Store;
  open(): Archive;
}

async function database(): Promise<Database> {
  const folder = await Deno.makeTempDir();
  const url = `sqlite:${folder}/assistants.db`;
  const store = openStore(url);
  return {
    store,
    open: () => openArchive(url),
    async [Symbol.asyncDispose]() {
      await store.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function exported({ open }: Database, tenant = TENANT): string {
  using archive = open();
  return [...exportedLines(archive, tenant, () => {})].join("");
}

async function imported(
  { open }: Database,
  text: string | object[],
  { tenant = TENANT, skipExisting = false } = {},
): Promise<ImportSummary> {
  const content = typeof text === "string"
    ? text
    : text.map((line) => `${JSON.stringify(line)}\n`).join("");
  const options = { tenant, skipExisting, now: NOW };
  using archive = open();
  return await importFrom(archive, chunksOf(content), options, () => {});
}

async function* chunksOf(text: string, size = 1000): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

/** Returns the position and the message of an import error. */
async function importError(importing: Promise<unknown>): Promise<string> {
  try {
    await importing;
  } catch (error) {
    assert(error instanceof ImportError, String(error));
    const { line, item } = error.place;
    return `${line}${item === undefined ? "" : `[${item}]`}: ${error.message}`;
  }
  throw new Error("The import succeeded.");
}

/** Returns the ids of a thread's messages, oldest first. */
async function messageIds({ store }: Database, thread_id: string): Promise<string[]> {
  const { data } = await store.forTenant(TENANT).list("message", {
    thread_id,
    limit: 100,
    order: "asc",
  });
  return data.map(({ id }) => id);
}

function list(data: object[]): object {
  return { object: "list", data, has_more: false };
}

Deno.test("an export includes files that belong to no thread", async () => {
  await using from = await database();
  await using to = await database();
  const object = {
    id: "file-1",
    object: "file" as const,
    bytes: 2,
    created_at: NOW,
    expires_at: NOW + 60,
    filename: "image.png",
    purpose: "assistants_output" as const,
    status: "processed" as const,
  };
  await from.store.forTenant(TENANT).putFile(null, { object, content: new Uint8Array([0, 255]) });
  await imported(to, exported(from));
  assert.deepEqual(await to.store.forTenant(TENANT).getFile("file-1"), { object, upload: null });
  assert.deepEqual(
    await to.store.forTenant(TENANT).getFileContent("file-1"),
    new Uint8Array([0, 255]),
  );
  assert.equal(exported(to), exported(from));
});

Deno.test("importing an export restores the database, and exporting it again returns the same text", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(actionArbitrary, { minLength: 20, maxLength: 60 }),
      async (actions) => {
        await using from = await database();
        await applyActions(from.store, TENANT, [{ type: "thread" }, ...actions]);
        await applyActions(from.store, OTHER_TENANT, actions.slice(0, 20));
        const text = exported(from);

        await using to = await database();
        await applyActions(to.store, "tenant-c", actions.slice(20));
        const { ignoredFields } = await imported(to, text);
        assert.deepEqual([...ignoredFields], []);
        assert.deepEqual(
          await observedState(to.store, TENANT),
          await observedState(from.store, TENANT),
        );
        assert.equal(exported(to), text);
        assert.doesNotMatch(text, /tenant-b/);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("an export includes idempotency keys and file contents", async () => {
  await using from = await database();
  const actions: Action[] = [
    { type: "assistant", key: true, name: "Guide" },
    { type: "thread" },
    { type: "file", thread: 0, content: new Uint8Array([0, 255, 10]) },
    { type: "file", thread: 0, content: null },
  ];
  await applyActions(from.store, TENANT, actions);
  await using to = await database();
  await imported(to, exported(from));
  const same = await to.store.forTenant(TENANT).insertAssistant(
    anAssistant("asst_new"),
    "key 0000",
  );
  assert.equal(same.id, "asst_0000");
  assert.deepEqual(
    await to.store.forTenant(TENANT).getFileContent("file-0002"),
    new Uint8Array([0, 255, 10]),
  );
  assert.equal(await to.store.forTenant(TENANT).getFileContent("file-0003"), null);
  const file = await from.store.forTenant(TENANT).getFile("file-0002");
  assert.deepEqual(await to.store.forTenant(TENANT).getFile("file-0002"), file);

  // An existing key keeps its assistant.
  await using other = await database();
  await other.store.forTenant(TENANT).insertAssistant(anAssistant("asst_own"), "key 0000");
  await imported(other, exported(from));
  const own = await other.store.forTenant(TENANT).insertAssistant(
    anAssistant("asst_new"),
    "key 0000",
  );
  assert.equal(own.id, "asst_own");
});

Deno.test("import refuses an export without its end or one of its lines", async () => {
  await using from = await database();
  await applyActions(from.store, TENANT, [{ type: "thread" }, { type: "thread" }]);
  const lines = exported(from).trimEnd().split("\n");
  await using to = await database();
  assert.match(await importError(imported(to, lines.slice(0, -1).join("\n"))), /^1: .*cut off/);
  await using second = await database();
  const without = lines.toSpliced(1, 1).join("\n");
  assert.match(await importError(imported(second, without)), /^3: the export had 2 lines before/);
  await using third = await database();
  const newer = lines.with(0, '{"object":"assistants-mcp.export","version":2}').join("\n");
  assert.match(
    await importError(imported(third, newer)),
    /^1: .*version 2.* update assistants-mcp$/,
  );
  for (const { store } of [to, second, third]) {
    assert.equal(await store.forTenant(TENANT).get("thread", "thread_0000"), undefined);
  }
});

Deno.test("import keeps the order of messages for pages in either direction", async () => {
  const messages = ["msg_a", "msg_b", "msg_c", "msg_d"].map((id, index) =>
    aMessage(id, "thread_1", { created_at: index < 3 ? 10 : 11 })
  );
  const newestFirst = messages.toReversed();
  const sameSecond = messages.slice(0, 3);
  const cases: [string, object[], string[]][] = [
    ["newest first", [list(newestFirst)], ["msg_a", "msg_b", "msg_c", "msg_d"]],
    ["oldest first", [list(messages)], ["msg_a", "msg_b", "msg_c", "msg_d"]],
    ["two pages", [list(newestFirst.slice(0, 2)), list(newestFirst.slice(2))], [
      "msg_a",
      "msg_b",
      "msg_c",
      "msg_d",
    ]],
    ["one second", [list(sameSecond.toReversed())], ["msg_a", "msg_b", "msg_c"]],
    ["lines of one second", sameSecond, ["msg_a", "msg_b", "msg_c"]],
    ["lines, newest first", newestFirst, ["msg_a", "msg_b", "msg_c", "msg_d"]],
    ["an array of pages", [[list(newestFirst)]], ["msg_a", "msg_b", "msg_c", "msg_d"]],
    ["an array", [newestFirst], ["msg_a", "msg_b", "msg_c", "msg_d"]],
  ];
  for (const [name, values, expected] of cases) {
    await using to = await database();
    // The thread comes last, as the order of kinds does not matter.
    await imported(to, [...values, aThread("thread_1")]);
    assert.deepEqual(await messageIds(to, "thread_1"), expected, name);
  }
});

Deno.test("import keeps the position of tool calls between messages", async () => {
  const run = aRun("run_1", "thread_1", { created_at: 10, status: "completed" });
  const calls = (id: string, created_at: number) =>
    aStep(id, run, {
      created_at,
      status: "completed",
      type: "tool_calls",
      step_details: { type: "tool_calls", tool_calls: [] },
    });
  const says = (id: string, created_at: number, message_id: string) =>
    aStep(id, run, {
      created_at,
      status: "completed",
      step_details: { type: "message_creation", message_creation: { message_id } },
    });
  const messages = [
    aMessage("msg_1", "thread_1", { created_at: 10 }),
    aMessage("msg_2", "thread_1", { created_at: 10, role: "assistant", run_id: "run_1" }),
    aMessage("msg_3", "thread_1", { created_at: 12, role: "assistant", run_id: "run_1" }),
    aMessage("msg_4", "thread_1", { created_at: 20 }),
  ];
  const steps = [
    calls("step_1", 10),
    says("step_2", 10, "msg_2"),
    calls("step_3", 10),
    calls("step_4", 11),
    says("step_5", 12, "msg_3"),
    calls("step_6", 12),
  ];
  await using to = await database();
  await imported(to, [list(steps.toReversed()), list([run]), list(messages.toReversed()), [
    aThread("thread_1"),
  ]]);
  const placed = await to.store.forTenant(TENANT).stepsWithCalls("thread_1");
  assert.deepEqual(placed.map(({ step, after }) => [step.id, after]), [
    ["step_1", "msg_1"],
    ["step_3", "msg_2"],
    ["step_4", "msg_2"],
    ["step_6", "msg_3"],
  ]);
});

Deno.test("import marks unfinished runs as expired and unlocks their thread", async () => {
  await using to = await database();
  const run = aRun("run_1", "thread_1", {
    status: "requires_action",
    required_action: { type: "submit_tool_outputs", submit_tool_outputs: { tool_calls: [] } },
  });
  const cancelling = aRun("run_2", "thread_1", { status: "cancelling" });
  await imported(to, [
    aThread("thread_1"),
    run,
    cancelling,
    aStep("step_1", run),
    aMessage("msg_1", "thread_1", { status: "in_progress", run_id: "run_1" }),
  ]);
  const stored = await to.store.forTenant(TENANT).get("run", "run_1");
  assert.deepEqual(stored, { ...run, status: "expired", required_action: null });
  assert.equal((await to.store.forTenant(TENANT).get("run", "run_2"))?.status, "expired");
  const step = await to.store.forTenant(TENANT).get("step", "step_1");
  assert.deepEqual([step?.status, step?.expired_at], ["expired", NOW]);
  const message = await to.store.forTenant(TENANT).get("message", "msg_1");
  assert.deepEqual(
    [message?.status, message?.incomplete_at, message?.incomplete_details],
    ["incomplete", NOW, { reason: "run_expired" }],
  );
  await to.store.forTenant(TENANT).addToThread("thread_1", { messages: [] }, NOW, () => ({}));
});

Deno.test("import names the invalid line and imports nothing", async () => {
  const thread = aThread("thread_1");
  const message = aMessage("msg_1", "thread_1");
  const run = aRun("run_1", "thread_1", { status: "completed" });
  const cases: [string | object[], RegExp][] = [
    ['{"object":"thread"\n', /^1: the object is incomplete$/],
    [`${JSON.stringify(thread)}\n{"object":"thre\n}`, /^2: a string is not terminated$/],
    [`${JSON.stringify(thread)}\nhello`, /^2: expected an object or an array/],
    [`${JSON.stringify(thread)}\n\n{"a":}`, /^3: the object is not JSON: /],
    [[thread, { ...message, role: "system" }], /^2: .*'role'|^2: Invalid value: 'system'/],
    [[thread, { ...message, id: "x_1" }], /^2: Invalid 'id': string does not match/],
    [[thread, { ...message, id: "msg_../x" }], /^2: Invalid 'id'/],
    [[thread, { ...thread, metadata: { a: "x".repeat(513) } }], /^2: Invalid 'metadata.a'/],
    [[thread, list([message, { object: "vector_store", id: "vs_1" }])], /^2\[1\]: 'object' is "v/],
    [
      [thread, thread],
      /^2: thread_1 is already on line 1; use --skip-existing to import the first one only$/,
    ],
    [[message], /^1: msg_1 belongs to the thread thread_1, which is neither in the file nor in/],
    [[thread, aStep("step_1", run)], /^2: step_1 belongs to the run run_1 .* neither in the file/],
    [
      [thread, run, aThread("thread_2"), { ...aStep("step_1", run), thread_id: "thread_2" }],
      /^4: /,
    ],
    [
      [thread, list([null as unknown as object])],
      /^2\[0\]: Invalid type for the request body|^2\[0\]/,
    ],
    [
      [anAssistant("asst_1", { tools: Array(129).fill({ type: "code_interpreter" }) })],
      /array too/,
    ],
  ];
  for (const [text, expected] of cases) {
    await using to = await database();
    assert.match(await importError(imported(to, text)), expected);
    const { data } = await to.store.forTenant(TENANT).list("thread", { limit: 1, order: "asc" });
    assert.deepEqual(data, []);
  }
});

Deno.test("import refuses an ID that exists", async () => {
  await using to = await database();
  const thread = aThread("thread_1", { metadata: { of: "here" } });
  await to.store.forTenant(TENANT).addToThread(
    "thread_1",
    { thread, messages: [] },
    NOW,
    () => ({}),
  );
  const theirs = [
    aThread("thread_1", { metadata: { of: "there" } }),
    aMessage("msg_1", "thread_1"),
  ];
  assert.match(await importError(imported(to, theirs)), /^1: thread_1 is already in the database/);
  assert.equal(await to.store.forTenant(TENANT).get("message", "msg_1"), undefined);
});

Deno.test("--skip-existing keeps existing objects and imports the others", async () => {
  await using to = await database();
  const thread = aThread("thread_1", { metadata: { of: "here" } });
  await to.store.forTenant(TENANT).addToThread(
    "thread_1",
    { thread, messages: [] },
    NOW,
    () => ({}),
  );
  const theirs = [
    aThread("thread_1", { metadata: { of: "there" } }),
    aMessage("msg_1", "thread_1"),
    aMessage("msg_1", "thread_1"),
  ];
  const { counts } = await imported(to, theirs, { skipExisting: true });
  assert.deepEqual(counts.thread, { added: 0, skipped: 1 });
  assert.deepEqual(counts.message, { added: 1, skipped: 1 });
  assert.deepEqual(await to.store.forTenant(TENANT).get("thread", "thread_1"), thread);
  assert.deepEqual(await messageIds(to, "thread_1"), ["msg_1"]);
});

Deno.test("import inserts new objects between existing ones", async () => {
  const run = aRun("run_1", "thread_1", { status: "completed" });
  const step = aStep("step_1", run, {
    status: "completed",
    type: "tool_calls",
    step_details: { type: "tool_calls", tool_calls: [] },
  });
  const frame = { object: "assistants-mcp.export", version: 1 };
  const messages = ["msg_1", "msg_2", "msg_3"].map((id) => aMessage(id, "thread_1"));
  const others = [aThread("thread_2"), aMessage("msg_9", "thread_2")];
  await using to = await database();
  await imported(to, [aThread("thread_1"), ...messages, ...others]);
  const [first = {}, ...rest] = messages;
  const objects = [aThread("thread_1"), ...others, run, first, step, ...rest];
  const last = { object: "assistants-mcp.export.end", lines: objects.length };
  await imported(to, [frame, ...objects, last], { skipExisting: true });
  const [placed] = await to.store.forTenant(TENANT).stepsWithCalls("thread_1");
  assert.equal(placed?.after, "msg_1");

  // A new thread, between the messages of an existing one.
  const thread3 = aThread("thread_3");
  const run3 = aRun("run_3", "thread_3", { status: "completed" });
  const news = [aMessage("msg_5", "thread_3"), messages[2] ?? {}, {
    ...step,
    id: "step_3",
    thread_id: "thread_3",
    run_id: "run_3",
  }, aMessage("msg_6", "thread_3")];
  const more = [thread3, run3, ...news];
  await imported(to, [frame, ...more, { ...last, lines: more.length }], { skipExisting: true });
  const [placed3] = await to.store.forTenant(TENANT).stepsWithCalls("thread_3");
  assert.equal(placed3?.after, "msg_5");
});

Deno.test("an import is visible to its tenant only", async () => {
  await using to = await database();
  await imported(to, [aThread("thread_1")], { tenant: TENANT });
  await imported(to, [aThread("thread_1")], { tenant: OTHER_TENANT });
  assert.deepEqual(
    await to.store.forTenant(OTHER_TENANT).get("thread", "thread_1"),
    aThread("thread_1"),
  );
  assert.equal(await to.store.forTenant("default").get("thread", "thread_1"), undefined);
  // Messages cannot be added to a thread of another tenant.
  const message = aMessage("msg_1", "thread_1");
  assert.match(
    await importError(imported(to, [message], { tenant: "tenant-c" })),
    /neither in the file/,
  );
});
