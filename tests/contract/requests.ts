/** Every operation is sent all that the document allows it, and something against each of its rules. */

import assert from "node:assert/strict";
import {
  type Json,
  readAll,
  type Setup,
  setUp,
  stream,
  upstreamClient,
  weather,
} from "../kit/engine.ts";
import { HOSTED_TOOLS } from "../kit/stream_cases.ts";
import { functionCalls } from "../fakes/responses_server.ts";
import { breaches } from "./breaches.ts";
import { type Checker, fieldsOf } from "./checker.ts";
import type { Contract, ContractOperation } from "./document.ts";
import { samples } from "./samples.ts";

/** The ids of objects that are there, by the names that paths have for them. */
type Ids = Record<string, string>;

/** What the scripted model calls; it is also what samples have for a string. */
const CALL_ID = "text";

export async function tryRequests(
  contract: Contract,
  checker: Checker,
  operation: ContractOperation,
): Promise<void> {
  await using setup = await setUp({ toolsSaid: HOSTED_TOOLS });
  const ids = await objectsOf(setup);
  const send = async (ids: Ids, { query = "", body }: { query?: string; body?: unknown } = {}) => {
    const path = operation.template.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? "");
    const response = await checker.fetch(
      setup,
      new Request(`http://engine${path}${query}`, {
        method: operation.method,
        body: body === undefined ? null : JSON.stringify(body),
      }),
    );
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      return { status: 200, body: { events: await response.text() } };
    }
    return { status: response.status, body: await response.json() as Json };
  };

  for (const [query, code] of queriesOf(operation)) {
    const { status, body } = await send(await before(setup, operation, ids), {
      query: `?${query}`,
      body: leastBody(contract, operation, ids),
    });
    const error = body.error as Json | undefined;
    assert.deepEqual([status, error?.code], [code === undefined ? 200 : 400, code], query);
  }
  for (const [name, id] of Object.entries(ids)) {
    if (!operation.template.includes(`{${name}}`)) continue;
    const body = leastBody(contract, operation, ids);
    const wrong = await send({ ...ids, [name]: "undefined" }, { body });
    assert.deepEqual([wrong.status, (wrong.body.error as Json).param], [400, name]);
    const missing = await send({ ...ids, [name]: `${id.slice(0, -1)}_` }, { body });
    assert.equal(missing.status, 404, `${operation.id} of a ${name} that is not there`);
  }
  if (operation.request === undefined) return;

  const schema = contract.schema(operation.request);
  const allowed = samples(contract, schema)
    .map((sample) => withIds(sample, ids))
    .filter((sample) => contract.errors(operation.request ?? "", sample).length === 0)
    .filter((sample) => !isHalf(sample));
  const seen = checker.of(operation.id);
  for (const sample of allowed) {
    if (fieldsOf(sample).every((field) => seen.fields.has(field))) continue;
    const here = await before(setup, operation, ids);
    const { status, body } = await send(here, { body: sample });
    if (status !== 200) {
      const { message } = body.error as Json;
      assert.match(String(message), /^Expected tool outputs/, JSON.stringify(sample));
      continue;
    }
    if (!("events" in body)) assertEchoed(sample, body, operation.id);
    await after(setup, body);
  }

  for (const { value, code } of breaches(contract, schema)) {
    const broken = withIds(value, ids);
    if (contract.errors(operation.request, broken).length === 0 && !isProse(code)) continue;
    const { status, body } = await send(ids, { body: broken });
    assert.deepEqual(
      [status, (body.error as Json | undefined)?.code],
      [400, code],
      `${operation.id} ${JSON.stringify(broken).slice(0, 300)}`,
    );
  }
  for (const body of [[], "text", 12, null]) {
    assert.equal((await send(ids, { body })).status, 400, `${operation.id} ${body}`);
  }
}

/** Objects for every path; the run waits for its client. */
async function objectsOf(setup: Setup): Promise<Ids> {
  const { beta } = setup.client;
  const { id: assistant_id } = await beta.assistants.create({ model: "gpt-test" });
  const { id: thread_id } = await beta.threads.create({
    messages: [{ role: "user", content: "Hello?" }],
  });
  const { data: [message] } = await beta.threads.messages.list(thread_id);
  const run_id = await waitingRun(setup, { assistant_id, thread_id });
  const { data: [step] } = await beta.threads.runs.steps.list(run_id, { thread_id });
  const { object: { id: file_id } } = setup.upstream.hosted.files.add("a.txt", "Text.");
  const upstream = upstreamClient(setup.upstream.url);
  const { id: vector_store_id } = await upstream.vectorStores.create({});
  return {
    assistant_id,
    thread_id,
    message_id: message?.id ?? "",
    run_id,
    step_id: step?.id ?? "",
    file_id,
    vector_store_id,
  };
}

async function waitingRun(setup: Setup, { assistant_id, thread_id }: Ids): Promise<string> {
  setup.upstream.enqueue(functionCalls([{ name: "weather", arguments: {}, call_id: CALL_ID }]));
  const body = { assistant_id, tools: [weather], stream: true };
  const events = await readAll(await stream(setup, "POST", `/threads/${thread_id}/runs`, body));
  return events[0]?.data.id;
}

/** What an operation needs that changes with every call: a thread that is free, a run that waits. */
async function before(setup: Setup, { id }: ContractOperation, ids: Ids): Promise<Ids> {
  const { beta } = setup.client;
  switch (id) {
    case "deleteAssistant":
      return { ...ids, assistant_id: (await beta.assistants.create({ model: "gpt-test" })).id };
    case "createMessage":
    case "createRun":
      return { ...ids, thread_id: (await beta.threads.create()).id };
    case "submitToolOuputsToRun": {
      const thread_id = (await beta.threads.create()).id;
      return { ...ids, thread_id, run_id: await waitingRun(setup, { ...ids, thread_id }) };
    }
    default:
      return ids;
  }
}

/** Lets a run that was begun come to its end. */
async function after(setup: Setup, { object, id, thread_id }: Json): Promise<void> {
  if (object !== "thread.run") return;
  await readAll(await stream(setup, "GET", `/threads/${thread_id}/runs/${id}?stream=true`));
}

/** Queries, and the code of their refusal. */
function queriesOf({ query }: ContractOperation): [query: string, code: string | undefined][] {
  const include = "step_details.tool_calls[*].file_search.results[*].content";
  const queries: Record<string, [value: string, code?: string][]> = {
    limit: [
      ["1"],
      ["100"],
      ["0", "integer_below_min_value"],
      ["101", "integer_above_max_value"],
      ["ten", "invalid_type"],
      ["1.5", "invalid_type"],
    ],
    order: [["asc"], ["desc"], ["up", "invalid_value"]],
    after: [[""], ["undefined", "invalid_value"]],
    before: [[""], ["undefined", "invalid_value"]],
    run_id: [["run_1"], ["undefined", "invalid_value"]],
    "include[]": [[include], ["everything", "invalid_value"]],
  };
  return query.flatMap((name) =>
    (queries[name] ?? []).map(([value, code]): [string, string | undefined] => [
      `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
      code,
    ])
  );
}

function leastBody(contract: Contract, { request }: ContractOperation, ids: Ids): unknown {
  if (request === undefined) return undefined;
  const valid = samples(contract, contract.schema(request)).map((sample) => withIds(sample, ids));
  return valid.find((sample) => contract.errors(request, sample).length === 0);
}

/** The sample with ids of what is there in the place of those that it has. */
function withIds(sample: unknown, { assistant_id, file_id, vector_store_id }: Ids): unknown {
  const ids = { asst_abc123: assistant_id, "file-abc123": file_id, vs_abc123: vector_store_id };
  return JSON.parse(JSON.stringify(sample), (_, value) => Object(ids)[value] ?? value);
}

/** What of a request is in the object that it makes, is there as it was sent. */
function assertEchoed(sent: unknown, made: Json, where: string): void {
  for (const [name, value] of Object.entries(sent as Json)) {
    if (value === null || !(name in made) || name === "content") continue;
    assert.ok(contains(made[name], value), `${where} keeps ${name} ${JSON.stringify(value)}`);
  }
}

function contains(whole: unknown, part: unknown): boolean {
  if (typeof part !== "object" || part === null) return whole === part;
  if (typeof whole !== "object" || whole === null) return false;
  return Object.entries(part).every(([name, each]) =>
    // What is described of a vector store has become one.
    each === null || name === "vector_stores" || contains(Reflect.get(whole, name), each)
  );
}

/** Rules that the document states in prose only. */
function isProse(code: string): boolean {
  return code === "object_above_max_properties" || code === "string_above_max_length";
}

/** What the document's schemas allow and its prose does not: half of a choice. */
export function isHalf(sample: unknown): boolean {
  const json = JSON.stringify(sample);
  return json.includes('"type":"last_messages"') && !json.includes('"last_messages":1') ||
    /"tool_choice":\{"type":"function"\}/.test(json);
}
