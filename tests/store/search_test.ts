/** Searching messages, and filtering lists: against a model that looks at everything. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { openArchive } from "../../src/store/archive/mod.ts";
import {
  type Assistant,
  type ListQuery,
  type Message,
  openStore,
  type Run,
  type SearchQuery,
  type Store,
  type Thread,
  UnknownCursorError,
} from "../../src/store/mod.ts";
import { aMessage, anAssistant, aRun, aThread } from "./_objects.ts";

const NOW = 1_700_000_000;

/** Each differs from another by case, an accent, an ending or its punctuation only. */
const WORDS = ["apple", "Apple", "äpple", "apples", "pie", "PIE!", "über", "7", "42nd", "привет"];
const GLUE = [" ", ", ", "\n", "-", " — ", '"', "*", "(", "' OR "];

const textOf = fc.array(
  fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...GLUE)),
  { maxLength: 5 },
).map((parts) => parts.flat().join(""));

function said(text: string): Message["content"][number] {
  return { type: "text", text: { value: text, annotations: [] } };
}

/** The words of a text, as SQLite's unicode61 has them. */
function wordsIn(text: string): string[] {
  const plain = text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

function has(text: string, { terms }: Pick<SearchQuery, "terms">): boolean {
  const words = wordsIn(text);
  return terms.every(({ text, prefix }) => {
    const wanted = wordsIn(text);
    return words.some((_, at) =>
      wanted.every((word, index) => {
        const found = words[at + index];
        const isLast = index === wanted.length - 1;
        return prefix && isLast ? found?.startsWith(word) : found === word;
      })
    );
  });
}

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ add: textOf, draft: fc.boolean(), at: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ finish: textOf, which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ mark: fc.string(), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ drop: fc.constantFrom("message", "thread"), which: fc.nat() }),
  },
);

const search = fc.record({
  terms: fc.array(
    fc.record({
      text: fc.constantFrom(
        "apple",
        "ÄPPLE",
        "apple pie",
        "pie apples",
        "app",
        "p",
        "ÜBER",
        "uber",
        "7",
        '4"2',
        "42",
      ),
      prefix: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  limit: fc.integer({ min: 1, max: 4 }),
  thread_id: fc.option(fc.constantFrom("thread_0", "thread_1"), { nil: undefined }),
  role: fc.option(fc.constantFrom("user" as const, "assistant" as const), { nil: undefined }),
});

const TENANTS = ["us", "TENANT_A"];

/** Keeps what is in the store, oldest entry first. */
class Model {
  readonly messages: { tenant: string; message: Message }[] = [];

  find(tenant: string, query: SearchQuery): string[] {
    const found = this.messages.filter(({ tenant: owner, message }) =>
      owner === tenant && message.status !== "in_progress" &&
      (query.thread_id ?? message.thread_id) === message.thread_id &&
      (query.role ?? message.role) === message.role && has(textIn(message), query)
    );
    return found.toReversed().map(({ message }) => message)
      .toSorted((a, b) => b.created_at - a.created_at).map(({ id }) => id);
  }
}

function textIn({ content }: Message): string {
  return content.map((part) =>
    part.type === "text" ? part.text.value : part.type === "refusal" ? part.refusal : ""
  ).join("\n");
}

async function pages(store: Store, tenant: string, query: SearchQuery): Promise<string[]> {
  const ids: string[] = [];
  for (let after = query.after;;) {
    const { data, has_more } = await store.forTenant(tenant).searchMessages({ ...query, after });
    ids.push(...data.map(({ id }) => id));
    after = ids.at(-1);
    if (!has_more) return ids;
    assert.equal(data.length, query.limit);
  }
}

Deno.test("search() finds what a model finds that looks at every message", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 25 }),
      fc.array(search),
      async (actions, searches) => {
        const store = openStore("sqlite::memory:");
        const model = new Model();
        const live = new Set(
          TENANTS.flatMap((tenant) => [`${tenant} thread_0`, `${tenant} thread_1`]),
        );
        for (const name of live) {
          const [tenant = "", id = ""] = name.split(" ");
          await store.forTenant(tenant).addToThread(
            id,
            { thread: aThread(id), messages: [] },
            NOW,
            () => ({}),
          );
        }
        for (const [index, doing] of actions.entries()) await act(store, model, live, index, doing);
        for (const tenant of TENANTS) {
          for (const query of searches) {
            assert.deepEqual(await pages(store, tenant, query), model.find(tenant, query));
          }
        }
        await store.close();
      },
    ),
    { numRuns: 100 },
  );
});

async function act(
  store: Store,
  model: Model,
  live: Set<string>,
  index: number,
  doing: typeof action extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  if ("add" in doing) {
    const [tenant = "", threadId = ""] = [...live][index % live.size]?.split(" ") ?? [];
    if (threadId === "") return;
    const message = aMessage(`msg_${index}`, threadId, {
      created_at: NOW - doing.at,
      role: index % 3 === 0 ? "assistant" : "user",
      status: doing.draft ? "in_progress" : "completed",
      content: [said(doing.add), { type: "refusal", refusal: doing.add.slice(3) }],
    });
    await store.forTenant(tenant).addToThread(threadId, { messages: [message] }, NOW, () => ({}));
    model.messages.push({ tenant, message });
    return;
  }
  const kept = model.messages[doing.which % model.messages.length];
  if (kept === undefined) return;
  const { tenant, message: { id, thread_id } } = kept;
  if ("finish" in doing) {
    await store.forTenant(tenant).update("message", id, (message) => {
      return kept.message = { ...message, status: "completed", content: [said(doing.finish)] };
    });
  } else if ("mark" in doing) {
    await store.forTenant(tenant).update("message", id, (message) => {
      return kept.message = { ...message, metadata: { mark: doing.mark } };
    });
  } else {
    await store.forTenant(tenant).delete(doing.drop, doing.drop === "thread" ? thread_id : id);
    if (doing.drop === "thread") live.delete(`${tenant} ${thread_id}`);
    const left = model.messages.filter((other) =>
      other.tenant !== tenant ||
      (doing.drop === "thread" ? other.message.thread_id !== thread_id : other !== kept)
    );
    model.messages.splice(0, Infinity, ...left);
  }
}

function word(text: string, changes: Partial<SearchQuery> = {}): SearchQuery {
  return { terms: [{ text, prefix: false }], limit: 100, ...changes };
}

async function withThread(store: Store, tenant: string, ...texts: string[]): Promise<void> {
  const messages = texts.map((text, index) =>
    aMessage(`msg_${index}`, "thread_1", { content: [said(text)], created_at: NOW + index })
  );
  const entry = { thread: aThread("thread_1"), messages };
  await store.forTenant(tenant).addToThread("thread_1", entry, NOW, () => ({}));
}

Deno.test("search() finds nothing of another tenant, also where both have the same ids", async () => {
  const store = openStore("sqlite::memory:");
  await withThread(store, "us", "apple");
  await withThread(store, "them", "apple and pear");
  await withThread(store, "no-messages");
  const idsOf = async (tenant: string, query: SearchQuery) =>
    (await store.forTenant(tenant).searchMessages(query)).data.map(({ content }) => content.length);
  assert.equal((await idsOf("us", word("apple"))).length, 1);
  assert.deepEqual(await idsOf("us", word("pear", { thread_id: "thread_1" })), []);
  assert.deepEqual(await idsOf("no-messages", word("apple")), []);
  for (const tenant of ["", "TENANT_A", "u", "us them", 'us" OR "t', "*"]) {
    assert.deepEqual(await idsOf(tenant, word("apple")), []);
  }
  await assert.rejects(
    store.forTenant("no-messages").searchMessages(word("apple", { after: "msg_0" })),
    UnknownCursorError,
  );
  await store.close();
});

Deno.test("search() goes on from a message that was deleted in the meantime", async () => {
  const store = openStore("sqlite::memory:");
  await withThread(store, "us", "apple 0", "apple 1", "apple 2");
  const first = await store.forTenant("us").searchMessages(word("apple", { limit: 2 }));
  assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [["msg_2", "msg_1"], true]);
  await store.forTenant("us").delete("message", "msg_1");
  const { data, has_more } = await store.forTenant("us").searchMessages(
    word("apple", { after: "msg_1" }),
  );
  assert.deepEqual([data.map(({ id }) => id), has_more], [["msg_0"], false]);
  await store.close();
});

Deno.test("no text is an error to search for, whatever FTS5 would make of it", async () => {
  const store = openStore("sqlite::memory:");
  await withThread(store, "us", "apple");
  const nasty = [
    '"',
    "a AND",
    "NEAR(",
    "said : x",
    "x\0y",
    "- x",
    "^x",
    "\ud800 x",
    "x".repeat(9e4),
  ];
  for (const text of nasty) {
    for (const prefix of [false, true]) {
      await store.forTenant("us").searchMessages({
        terms: [{ text, prefix }, { text: "!?", prefix }],
        limit: 5,
      });
    }
  }
  await store.close();
});

Deno.test("a message that is deleted, alone or with its thread, leaves no word in the files", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/assistants.db`;
  const store = openStore(`sqlite:${path}`);
  await withThread(store, "us", "nasturtium one", "two nasturtiums", "three");
  for (let n = 0; n < 60; n++) {
    const entry = {
      thread: aThread(`thread_${n}x`),
      messages: [aMessage(`msg_${n}x`, `thread_${n}x`)],
    };
    await store.forTenant("us").addToThread(`thread_${n}x`, entry, NOW, () => ({}));
  }
  const found = () => countIn(folder, "nasturti");
  assert.ok(await found() > 2);
  await store.forTenant("us").delete("message", "msg_0");
  assert.equal((await store.forTenant("us").searchMessages(word("nasturtium"))).data.length, 0);
  assert.equal((await store.forTenant("us").searchMessages(word("nasturtiums"))).data.length, 1);
  await store.forTenant("us").delete("thread", "thread_1");
  assert.equal(await found(), 0);
  assert.equal((await store.forTenant("us").searchMessages(word("three"))).data.length, 0);
  await store.close();
  const database = new DatabaseSync(path);
  // FTS5 compares its index with itself.
  database.prepare("INSERT INTO message_words (message_words) VALUES ('integrity-check')").run();
  database.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the words of a long thread are taken out of the index little by little, whoever does it", async () => {
  const folder = await Deno.makeTempDir();
  const url = `sqlite:${folder}/assistants.db`;
  const waiting: (() => void)[] = [];
  const clock = {
    now: () => NOW * 1000,
    after(_: number, callback: () => void) {
      waiting.push(callback);
      return () => {};
    },
  };
  const first = openStore(url, { clock });
  const words = Array.from({ length: 400 }, (_, index) => `nasturtium${index}`).join(" ");
  await withThread(first, "us", ...Array.from({ length: 100 }, () => words));
  assert.equal(waiting.length, 0);
  await first.forTenant("us").delete("thread", "thread_1");
  assert.equal((await first.forTenant("us").searchMessages(word("nasturtium7"))).data.length, 0);
  await first.close();
  assert.equal(waiting.length, 1, "it is not done in the time that a call waits for it");
  assert.ok(wordsLeft(folder) > 0);

  waiting.length = 0;
  const second = openStore(url, { clock });
  let parts = 0;
  // Each part is over when the store has done something after it.
  for (let part = await next(second); part !== undefined; part = await next(second)) {
    part();
    parts++;
  }
  assert.ok(parts > 1, `${parts} parts`);
  assert.equal(wordsLeft(folder), 0);
  await second.close();
  await Deno.remove(folder, { recursive: true });

  async function next(store: Store): Promise<(() => void) | undefined> {
    for (let turn = 0; turn < 1000 && waiting.length === 0; turn++) {
      await store.forTenant("us").get("thread", "thread_1");
    }
    return waiting.shift();
  }
});

/** How many pages of the index have words in them. */
function wordsLeft(folder: string): number {
  using database = new DatabaseSync(`${folder}/assistants.db`, { readOnly: true });
  const pages = database.prepare("SELECT block FROM message_words_data").all();
  return pages.filter(({ block }) =>
    block instanceof Uint8Array && new TextDecoder("latin1").decode(block).includes("nasturtium")
  ).length;
}

/** How often a text stands in the files of a folder. */
async function countIn(folder: string, text: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const content = await Deno.readFile(`${folder}/${name}`);
    count += new TextDecoder("latin1").decode(content).split(text).length - 1;
  }
  return count;
}

Deno.test("an imported message is found, in its place among the others", async () => {
  const folder = await Deno.makeTempDir();
  const url = `sqlite:${folder}/assistants.db`;
  const store = openStore(url);
  await withThread(store, "us", "apple 0", "apple 1", "apple 2");
  {
    using archive = openArchive(url);
    const staged = await archive.startImport({ tenant: "us", skipExisting: false, now: NOW });
    await staged.stage({ kind: "thread", object: aThread("thread_old") }, { line: 1 });
    const old = { content: [said("old apple")], created_at: NOW - 10 };
    await staged.stage(
      { kind: "message", object: aMessage("msg_old", "thread_old", old) },
      { line: 2 },
    );
    const late = { content: [said("late apple")], created_at: NOW + 1 };
    await staged.stage(
      { kind: "message", object: aMessage("msg_late", "thread_old", late) },
      { line: 3 },
    );
    await staged.finish(true);
  }
  const { data } = await store.forTenant("us").searchMessages(word("apple"));
  assert.deepEqual(data.map(({ id }) => id), ["msg_2", "msg_late", "msg_1", "msg_0", "msg_old"]);
  {
    using archive = openArchive(url);
    await archive.moveTenant("us", "new", 0);
  }
  assert.equal((await store.forTenant("us").searchMessages(word("apple"))).data.length, 0);
  assert.equal((await store.forTenant("new").searchMessages(word("apple"))).data.length, 5);
  await store.close();
  await Deno.remove(folder, { recursive: true });
});

const PAIRS: Record<string, string>[] = [{}, { a: "1" }, { a: "2" }, { a: "1", b: "1" }, {
  a: "1",
  b: "2",
  'c."]': "'x",
}];
const STATUSES = ["completed", "failed"] as const;

const listed = fc.array(
  fc.record({ at: fc.nat(4), pairs: fc.constantFrom(...PAIRS), kind: fc.nat(3) }),
  { minLength: 1, maxLength: 12 },
);

const filters = fc.record({
  metadata: fc.option(fc.constantFrom(...PAIRS), { nil: undefined }),
  created_after: fc.option(fc.nat(5).map((at) => NOW - at), { nil: undefined }),
  created_before: fc.option(fc.nat(5).map((at) => NOW - at), { nil: undefined }),
  status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined }),
  assistant_id: fc.option(fc.constantFrom("asst_0", "asst_1"), { nil: undefined }),
  order: fc.constantFrom("asc" as const, "desc" as const),
  limit: fc.integer({ min: 1, max: 3 }),
  cursors: fc.tuple(fc.option(fc.nat()), fc.option(fc.nat())),
});

Deno.test("list() keeps to filters and cursors as a model does that looks at everything", async () => {
  await fc.assert(
    fc.asyncProperty(listed, fc.array(filters, { minLength: 1 }), async (objects, queries) => {
      const store = openStore("sqlite::memory:");
      const thread = aThread("thread_x", { created_at: NOW + 100 });
      await store.forTenant("us").addToThread(
        "thread_x",
        { thread, messages: [] },
        NOW,
        () => ({}),
      );
      for (const [index, { at, pairs, kind }] of objects.entries()) {
        const given = { created_at: NOW - at, metadata: pairs };
        const threadId = `thread_${index}`;
        const entry = { thread: aThread(threadId, given), messages: [] };
        await store.forTenant("us").addToThread(threadId, entry, NOW, () => ({}));
        await store.forTenant("them").addToThread(threadId, entry, NOW, () => ({}));
        await store.forTenant("us").insertAssistant(
          anAssistant(`asst_${index}`, { ...given, metadata: {} }),
        );
        await store.forTenant("us").update(
          "assistant",
          `asst_${index}`,
          (now) => ({ ...now, metadata: pairs }),
        );
        const assistant_id = `asst_${kind % 2}`;
        const status = STATUSES[kind >> 1];
        const messages = [aMessage(`msg_${index}`, "thread_x", { ...given, assistant_id })];
        const run = aRun(`run_${index}`, "thread_x", { ...given, assistant_id, status });
        await store.forTenant("us").addToThread("thread_x", { messages, run }, NOW, () => ({}));
      }
      for (const { cursors: [after, before], ...query } of queries) {
        for (const kind of ["assistant", "thread", "message", "run"] as const) {
          const narrowed = kind === "run"
            ? query
            : { ...query, status: undefined, ...kind !== "message" && { assistant_id: undefined } };
          const inThread = kind === "message" || kind === "run";
          const all = (await store.forTenant("us").list(kind, {
            limit: 100,
            order: query.order,
            ...inThread && { thread_id: "thread_x" },
          })).data;
          const idAt = (place: number | null) =>
            place === null ? undefined : all[place % all.length]?.id;
          const asked = {
            ...narrowed,
            ...inThread && { thread_id: "thread_x" },
            after: idAt(after),
            before: idAt(before),
          };
          const page = await store.forTenant("us").list(kind, asked);
          assert.deepEqual(
            { ids: page.data.map(({ id }) => id), has_more: page.has_more },
            wanted(all, asked),
            `${kind} ${JSON.stringify(asked)}`,
          );
        }
      }
      await store.close();
    }),
    { numRuns: 60 },
  );
});

function wanted(
  all: (Assistant | Thread | Message | Run)[],
  { limit, after, before, ...query }: ListQuery,
): { ids: string[]; has_more: boolean } {
  const place = (id: string | undefined, none: number) =>
    id === undefined ? none : all.findIndex((object) => object.id === id);
  const left = all.slice(place(after, -1) + 1, Math.max(0, place(before, all.length)))
    .filter((object) =>
      Object.entries(query.metadata ?? {}).every(([key, value]) =>
        object.metadata?.[key] === value
      ) &&
      object.created_at > (query.created_after ?? 0) &&
      object.created_at < (query.created_before ?? Infinity) &&
      (!("status" in object) || (query.status ?? object.status) === object.status) &&
      (!("assistant_id" in object) ||
        (query.assistant_id ?? object.assistant_id) === object.assistant_id)
    );
  const ids = left.map(({ id }) => id);
  const page = before !== undefined && after === undefined
    ? ids.slice(-limit)
    : ids.slice(0, limit);
  return { ids: page, has_more: ids.length > limit };
}
