/** Requests that no SDK sends, and somebody does. */

import assert from "node:assert/strict";
import { prepare, send, setUp } from "../kit/engine.ts";

const NO_JSON =
  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)";

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

Deno.test("a body that is no JSON object is refused, and never a fault of the server's", async () => {
  await using setup = await setUp();
  const wrong = (type: string) =>
    `Invalid type for the request body: expected an object, but got ${type} instead.`;
  const bodies: [body: string, message: string][] = [
    ["{", NO_JSON],
    ["NaN", NO_JSON],
    ["{'a': 1}", NO_JSON],
    ["{}{}", NO_JSON],
    ['{"metadata":{"a":"\u0000"}}', NO_JSON],
    ["[".repeat(200_000), NO_JSON],
    ["null", wrong("null")],
    ["[]", wrong("an array")],
    ['"text"', wrong("a string")],
    ["1e400", wrong("a decimal number")],
    ['{"__proto__":{}}', "Unknown parameter: '__proto__'."],
    ['{"constructor":1}', "Unknown parameter: 'constructor'."],
    [nested(100_000), "The body of your request is nested more than 500 levels deep."],
  ];
  for (const [body, message] of bodies) {
    const answer = await send(setup, "POST", "/threads", body);
    const error = answer.body.error as { message: string };
    assert.deepEqual([answer.status, error.message], [400, message], body.slice(0, 40));
  }
});

Deno.test("a body of bytes may begin with a byte order mark", async () => {
  await using setup = await setUp();
  const body = new TextEncoder().encode('\uFEFF{"metadata":{"a":"b"}}');
  const { engine, caller } = setup;
  const request = new Request("http://engine/v1/threads", { method: "POST", body });
  const thread = await (await engine.fetch(request, caller)).json();
  assert.deepEqual(thread.metadata, { a: "b" });
});

Deno.test("what is nested deeply is kept, up to a limit", async () => {
  await using setup = await setUp();
  const make = async (levels: number) => {
    const fn = `{"name":"f","parameters":${nested(levels)}}`;
    const body = `{"model":"m","tools":[{"type":"function","function":${fn}}]}`;
    return await send(setup, "POST", "/assistants", body);
  };
  // The body, its tools, the tool and its function stand around the parameters.
  const { status, body } = await make(496);
  assert.equal(status, 200);
  const { body: read } = await send(setup, "GET", `/assistants/${body.id}`);
  assert.deepEqual(read, body);
  assert.equal((await make(497)).status, 400);
});

Deno.test("any text is kept as it came: NUL, half a surrogate, empty names, the same key twice", async () => {
  await using setup = await setUp();
  const { thread_id } = await prepare(setup);
  for (const text of ["a\\u0000b", "\\ud800", "\\udc00\\ud800", "\\u202e\\ufeff", "e\\u0301"]) {
    const metadata = `{"a":"lost","a":"${text}","":"${text}","__proto__":"${text}"}`;
    const path = `/threads/${thread_id}/messages`;
    const sent = `{"role":"user","content":"${text}","metadata":${metadata}}`;
    const { status, body } = await send(setup, "POST", path, sent);
    assert.equal(status, 200, text);
    const { body: read } = await send(setup, "GET", `${path}/${body.id}`);
    assert.deepEqual(read, body);
    const value = JSON.parse(`"${text}"`);
    assert.deepEqual(read.content, [{ type: "text", text: { value, annotations: [] } }]);
    assert.deepEqual(read.metadata, JSON.parse(metadata));
  }
});

Deno.test("a text is as long as its characters, however many bytes they are", async () => {
  await using setup = await setUp();
  const { thread_id } = await prepare(setup);
  const add = async (content: string) =>
    await send(setup, "POST", `/threads/${thread_id}/messages`, { role: "user", content });
  assert.equal((await add("🌍".repeat(256_000))).status, 200);
  const { status, body } = await add(`${"🌍".repeat(256_000)}.`);
  assert.deepEqual([status, (body.error as { code: string }).code], [
    400,
    "string_above_max_length",
  ]);
});

Deno.test("a method that a path does not have is told with those that it has", async () => {
  await using setup = await setUp();
  const { engine, caller } = setup;
  const rows: [method: string, path: string, allow: string][] = [
    ["OPTIONS", "/assistants", "GET, POST"],
    ["HEAD", "/assistants/asst_x", "GET, POST, DELETE"],
    ["PUT", "/threads/thread_x", "GET, POST, DELETE"],
    ["GET", "/threads/runs", "POST"],
    ["DELETE", "/threads/thread_x/runs/run_x", "GET, POST"],
  ];
  for (const [method, path, allow] of rows) {
    const request = new Request(`http://engine/v1${path}`, { method });
    const response = await engine.fetch(request, caller);
    assert.deepEqual([response.status, response.headers.get("allow")], [405, allow], path);
    await response.body?.cancel();
  }
});

Deno.test("a path ends where it ends, and a query may say more than is asked", async () => {
  await using setup = await setUp();
  const { assistant_id, thread_id } = await prepare(setup);
  for (
    const path of ["/assistants/", `/threads/${thread_id}/`, `/threads/${thread_id}/messages/`]
  ) {
    const { status, body } = await send(setup, "GET", path);
    const { message } = body.error as { message: string };
    assert.deepEqual([status, message], [404, `Invalid URL (GET /v1${path})`]);
  }
  const queries = ["api-version=v1", "limit=1&limit=50", "after=&before=", "unknown[]=1"];
  for (const query of queries) {
    const { status, body } = await send(setup, "GET", `/assistants?${query}`);
    assert.equal(status, 200, query);
    assert.deepEqual((body.data as { id: string }[]).map(({ id }) => id), [assistant_id]);
  }
  const encoded = thread_id.replace("_", "%5F");
  assert.equal((await send(setup, "GET", `/threads/${encoded}`)).body.id, thread_id);
});
