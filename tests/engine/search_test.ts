/** The operations that OpenAI's API did not have: batches of messages, search, filters. */

import assert from "node:assert/strict";
import { failed, gate, neverAnswer, text } from "../fakes/responses_server.ts";
import { ManualClock, prepare, readAll, readTo, send, setUp, streamRun } from "../kit/engine.ts";

// deno-lint-ignore no-explicit-any -- answers of every shape
type Json = any;

async function get(
  setup: Parameters<typeof send>[0],
  path: string,
): Promise<{ status: number; body: Json }> {
  return await send(setup, "GET", path);
}

const user = (content: unknown) => ({ role: "user", content });

Deno.test("a batch of messages is added whole, in its order, or not at all", async () => {
  await using setup = await setUp();
  const thread = await setup.client.beta.threads.create();
  const path = `/threads/${thread.id}/messages`;
  const right = Array.from({ length: 100 }, (_, index) => user(`Message ${index}.`));
  const { status, body } = await send(setup, "POST", `${path}/batch`, { messages: right });
  assert.equal(status, 200);
  const { data: listed } = (await get(setup, `${path}?order=asc&limit=100`)).body;
  assert.deepEqual(body.data, listed);
  assert.deepEqual(listed.map(({ content }: Json) => content[0].text.value), [
    ...right.map(({ content }) => content),
  ]);
  assert.deepEqual([body.object, body.has_more, body.last_id], ["list", false, listed[99].id]);

  const wrong: [messages: unknown, param: string][] = [
    [[...right.slice(0, 3), user(4)], "messages[3].content"],
    [[...right.slice(0, 3), { role: "system", content: "x" }], "messages[3].role"],
    [[user("x"), { ...user("x"), metadata: { a: 1 } }], "messages[1].metadata.a"],
    [[user("x"), { ...user("x"), mood: "good" }], "messages[1].mood"],
    [[], "messages"],
    [[...right, user("x")], "messages"],
    [undefined, "messages"],
    ["x", "messages"],
  ];
  for (const [messages, param] of wrong) {
    const refused: Json = await send(setup, "POST", `${path}/batch`, { messages });
    assert.deepEqual([refused.status, refused.body.error.param], [400, param]);
  }
  const missing: Json = await send(setup, "POST", "/threads/thread_none/messages/batch", {
    messages: right,
  });
  assert.match(missing.body.error.message, /^No thread found with id 'thread_none'/);
  assert.equal((await send(setup, "GET", `${path}/batch`)).status, 405);
  const after = (await get(setup, `${path}?after=${listed[99].id}&order=asc`)).body;
  assert.deepEqual(after.data, []);
});

Deno.test("a batch waits for nobody: while a run is active on the thread it is refused", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  const wait = gate();
  setup.upstream.enqueue(text(["One ", wait, "two."]));
  const events = await streamRun(setup, { assistant_id, thread_id });
  await readTo(events, "thread.message.delta");
  const batch = { messages: [user("a"), user("b")] };
  const path = `/threads/${thread_id}/messages/batch`;
  const busy: Json = await send(setup, "POST", path, batch);
  assert.equal(busy.status, 400);
  assert.match(busy.body.error.message, /^Can't add messages to .* while a run run_\w+ is active/);

  // What is being written is found when it is written.
  assert.deepEqual((await get(setup, "/threads/search?query=one")).body.data, []);
  wait.open();
  await readAll(events);
  assert.equal((await send(setup, "POST", path, batch)).status, 200);
  const { data: [found] } = (await get(setup, "/threads/search?query=one+TWO")).body;
  assert.deepEqual([found.role, found.snippet], ["assistant", "**One** **two**."]);
  assert.equal(found.assistant_id, assistant_id);
});

Deno.test("a search answers where in which message the words stand, newest first", async () => {
  await using setup = await setUp();
  const { threads } = setup.client.beta;
  const long = `${"Many words before it. ".repeat(20)}Then the Café opened; ${"later ".repeat(99)}`;
  const first = await threads.create({ messages: [{ role: "user", content: long }] });
  const second = await threads.create({
    messages: [
      { role: "user", content: "# cafe\n\nIs it a *café-bar*?" },
      { role: "assistant", content: "A bar: no café." },
    ],
  });
  const find = async (query: string, rest = "") =>
    (await get(setup, `/threads/search?query=${encodeURIComponent(query)}${rest}`)).body;

  const all = await find("CAFE");
  assert.deepEqual(
    all.data.map(({ thread_id, role }: Json) => [thread_id, role]),
    [[second.id, "assistant"], [second.id, "user"], [first.id, "user"]],
  );
  const [answer, question, old] = all.data.map(({ snippet }: Json) => snippet);
  assert.equal(answer, "A bar: no **café**.");
  assert.equal(question, "# **cafe** Is it a ***café**-bar*?");
  assert.match(old, /^… .*before it\. Then the \*\*Café\*\* opened; later .* later …$/);
  assert.ok(old.length < 300, old);
  assert.deepEqual(Object.keys(all.data[0]), [
    "id",
    "object",
    "created_at",
    "thread_id",
    "role",
    "assistant_id",
    "run_id",
    "snippet",
  ]);

  const idsOf = async (query: string, rest?: string) =>
    (await find(query, rest)).data.map(({ id }: Json) => id);
  const [a, b, c] = all.data.map(({ id }: Json) => id);
  assert.deepEqual(await idsOf('"bar no"'), [a]);
  assert.deepEqual(await idsOf("café-bar"), [b]);
  assert.deepEqual(await idsOf("open*"), [c]);
  assert.deepEqual(await idsOf("ope"), []);
  assert.deepEqual(await idsOf("no bar"), [a]);
  assert.deepEqual(await idsOf("cafe", "&role=user"), [b, c]);
  assert.deepEqual(await idsOf("cafe", `&thread_id=${first.id}`), [c]);
  assert.deepEqual(await idsOf("cafe", "&limit=1"), [a]);
  assert.equal((await find("cafe", "&limit=1")).has_more, true);
  assert.deepEqual(await idsOf("cafe", `&limit=1&after=${a}`), [b]);
  for (const forgiven of ['"unclosed', "(a", "NOT", "a:b", "-", '"" cafe', "cafe AND", "*cafe*"]) {
    const { status } = await get(setup, `/threads/search?query=${encodeURIComponent(forgiven)}`);
    assert.equal(status, forgiven === "-" ? 400 : 200, forgiven);
  }
});

Deno.test("a search says what is wrong with it", async () => {
  await using setup = await setUp();
  const wrong: [query: string, status: number, message: RegExp][] = [
    ["", 400, /^Missing required parameter: 'query'/],
    ["query=", 400, /'query': "" has no word to search for/],
    ["query=%22!%22", 400, /has no word to search for/],
    [`query=${"a+".repeat(33)}`, 400, /33 words. Expected at most 32/],
    [`query=${"a".repeat(1001)}`, 400, /maximum length 1000/],
    ["query=a&limit=101", 400, /'limit'/],
    ["query=a&role=system", 400, /Supported values are: 'user' and 'assistant'/],
    ["query=a&thread_id=x", 400, /begins with 'thread'/],
    ["query=a&thread_id=thread_none", 404, /^No thread found with id 'thread_none'/],
    ["query=a&after=msg_none", 400, /no object found with id 'msg_none'/],
  ];
  for (const [query, status, message] of wrong) {
    const { status: came, body } = await get(setup, `/threads/search?${query}`);
    assert.equal(came, status, query);
    assert.match(body.error.message, message);
  }
  assert.equal((await send(setup, "POST", "/threads/search")).status, 405);
});

Deno.test("lists are narrowed down by metadata, times, assistant and status", async () => {
  await using setup = await setUp();
  const { client, callerOf, engine, upstream } = setup;
  const { assistant_id, thread_id } = await prepare(setup);
  await client.beta.assistants.create({
    model: "m",
    metadata: { team: "north", 'a["b]': "1 & 2" },
  });
  await client.beta.threads.create({ metadata: { team: "north" } });
  await client.beta.threads.create({ metadata: { team: "south" } });
  upstream.enqueue(text("Done."), failed({ code: "server_error", message: "No." }));
  await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
  await client.beta.threads.runs.createAndPoll(thread_id, {
    assistant_id,
    metadata: { try: "2" },
  });

  const count = async (path: string, from: Parameters<typeof send>[0] = setup) =>
    (await get(from, path)).body.data.length;
  assert.equal(await count("/assistants?metadata[team]=north"), 1);
  assert.equal(await count("/assistants?metadata%5Bteam%5D=north&metadata[a[%22b]]=1+%26+2"), 1);
  assert.equal(await count("/assistants?metadata[team]=north&metadata[a]=1"), 0);
  assert.equal(await count("/threads?metadata[team]=south"), 1);
  assert.equal(await count("/threads?metadata[team]=south", { engine, caller: callerOf("x") }), 0);
  assert.equal(await count("/threads?created_after=1"), 3);
  assert.equal(await count("/threads?created_before=1"), 0);
  const runs = `/threads/${thread_id}/runs`;
  assert.equal(await count(runs), 2);
  assert.equal(await count(`${runs}?status=failed`), 1);
  assert.equal(await count(`${runs}?status=completed&metadata[try]=2`), 0);
  assert.equal(await count(`${runs}?status=&metadata[try]=2`), 1);
  assert.equal(await count(`${runs}?assistant_id=${assistant_id}`), 2);
  assert.equal(await count(`${runs}?assistant_id=asst_other`), 0);
  const messages = `/threads/${thread_id}/messages`;
  assert.equal(await count(`${messages}?assistant_id=${assistant_id}`), 1);
  assert.equal(await count(`${messages}?status=failed&unheard_of=1`), 2);

  const wrong: [path: string, message: RegExp][] = [
    [`${runs}?status=done`, /^Invalid value: 'done'. Supported values are: 'queued'/],
    ["/threads?created_after=yesterday", /'created_after': expected an integer/],
    ["/threads?created_before=-1", /'created_before': integer below minimum/],
    [`/threads?metadata[${"k".repeat(65)}]=x`, /'metadata': property name too long/],
  ];
  for (const [path, message] of wrong) {
    const { status, body } = await get(setup, path);
    assert.equal(status, 400, path);
    assert.match(body.error.message, message);
  }
});

Deno.test("a run that has outlived its time is listed as expired, and as nothing else", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ clock });
  const { assistant_id, thread_id } = await prepare(setup);
  setup.upstream.enqueue(neverAnswer());
  await setup.client.beta.threads.runs.create(thread_id, { assistant_id });
  clock.advance(601_000, { timers: false });
  const runs = `/threads/${thread_id}/runs`;
  assert.equal((await get(setup, `${runs}?status=expired`)).body.data.length, 1);
  assert.equal((await get(setup, `${runs}?status=in_progress`)).body.data.length, 0);
});
