import assert from "node:assert/strict";
import type OpenAI from "openai";
import {
  clientOf,
  ManualClock,
  readAll,
  refusal,
  send,
  settled,
  type Setup,
  setUp,
  type SetupOptions,
  stream,
  textOf,
  upstreamFile,
} from "../kit/engine.ts";
import { cut, functionCalls, reply, text } from "../fakes/responses_server.ts";

const CONTENT = "step_details.tool_calls[*].file_search.results[*].content";
const STORES: SetupOptions = { toolsSaid: ["file_search"] };

function searching(setup: Setup, tool_resources?: OpenAI.Beta.AssistantCreateParams.ToolResources) {
  return setup.client.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "file_search" }],
    tool_resources,
  });
}

function toolsOf({ upstream }: Setup): unknown {
  return upstream.requests.findLast(({ path }) => path === "/responses")?.body?.tools;
}

function asking(content: string, file_id: string): OpenAI.Beta.Threads.MessageCreateParams {
  return { role: "user", content, attachments: [{ file_id, tools: [{ type: "file_search" }] }] };
}

Deno.test("a run searches the stores of its assistant and its thread, and cites what it finds", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const rain = upstreamFile(setup, "rain.txt", "It rains in Bergen.");
  const sun = upstreamFile(setup, "sun.txt", "It never rains in Rome.");
  const assistant = await searching(setup, {
    file_search: { vector_stores: [{ file_ids: [rain], metadata: { of: "us" } }] },
  });
  const [ofAssistant] = assistant.tool_resources?.file_search?.vector_store_ids ?? [];
  const thread = await client.beta.threads.create({
    messages: [asking("Where does it rain?", sun)],
  });
  const [ofThread] = thread.tool_resources?.file_search?.vector_store_ids ?? [];
  assert.ok(ofAssistant && ofThread);
  const { vectorStores } = upstream.hosted;
  assert.deepEqual(vectorStores.all.get(ofAssistant)?.object.metadata, { of: "us" });
  assert.equal(vectorStores.all.get(ofAssistant)?.object.expires_after, null);
  const expiry = { anchor: "last_active_at", days: 7 };
  assert.deepEqual(vectorStores.all.get(ofThread)?.object.expires_after, expiry);

  upstream.enqueue(reply([
    { type: "file_search_call", queries: ["rains"] },
    {
      type: "message",
      text: [
        "In Bergen",
        { cite: { file_id: rain, filename: "rain.txt" } },
        ", not in Rome",
        { cite: { file_id: sun, filename: "sun.txt" } },
        ".",
      ],
    },
  ]));
  const body = { assistant_id: assistant.id, stream: true };
  const path = `/threads/${thread.id}/runs?include[]=${encodeURIComponent(CONTENT)}`;
  const events = await readAll(await stream(setup, "POST", path, body));
  assert.deepEqual(events.map(({ event }) => event.replace("thread.", "")), [
    "run.created",
    "run.queued",
    "run.in_progress",
    "run.step.created",
    "run.step.in_progress",
    "run.step.delta",
    "run.step.completed",
    "run.step.created",
    "run.step.in_progress",
    "message.created",
    "message.in_progress",
    "message.delta",
    "message.delta",
    "message.delta",
    "message.delta",
    "message.delta",
    "message.completed",
    "run.step.completed",
    "run.completed",
    "done",
  ]);
  assert.deepEqual(toolsOf(setup), [
    { type: "file_search", vector_store_ids: [ofAssistant, ofThread] },
  ]);
  const message = events.find(({ event }) => event === "thread.message.completed")?.data;
  const { value, annotations } = message.content[0].text;
  assert.equal(value, "In Bergen【0:0†rain.txt】, not in Rome【0:1†sun.txt】.");
  assert.deepEqual(
    annotations.map(({ type, text, file_citation, start_index, end_index }: Annotation) => [
      type,
      text,
      file_citation.file_id,
      value.slice(start_index, end_index),
    ]),
    [
      ["file_citation", "【0:0†rain.txt】", rain, "【0:0†rain.txt】"],
      ["file_citation", "【0:1†sun.txt】", sun, "【0:1†sun.txt】"],
    ],
  );
  const deltas = events.filter(({ event }) => event === "thread.message.delta")
    .flatMap(({ data }) => data.delta.content);
  assert.equal(deltas.map(({ text }) => text.value ?? "").join(""), value);
  const told = deltas.flatMap(({ text }) => text.annotations ?? []);
  assert.deepEqual(
    told,
    annotations.map((annotation: object, index: number) => ({ index, ...annotation })),
  );
  const step = events.find(({ event }) => event === "thread.run.step.completed")?.data;
  const [call] = step.step_details.tool_calls;
  assert.deepEqual(call.file_search.ranking_options, {
    ranker: "default_2024_08_21",
    score_threshold: 0,
  });
  assert.deepEqual(call.file_search.results.map(({ content }: { content: unknown }) => content), [
    [{ type: "text", text: "It rains in Bergen." }],
    [{ type: "text", text: "It never rains in Rome." }],
  ]);

  // Who asks later sees the contents only if they ask for them.
  const { run_id } = step;
  const where = { thread_id: thread.id, run_id };
  const plain = await client.beta.threads.runs.steps.retrieve(step.id, where);
  assert.deepEqual(resultsOf(plain).map(({ file_name, content }) => [file_name, content]), [
    ["rain.txt", undefined],
    ["sun.txt", undefined],
  ]);
  const listed = await client.beta.threads.runs.steps.list(run_id, {
    thread_id: thread.id,
    include: [CONTENT],
    order: "asc",
  });
  assert.equal(resultsOf(listed.data[0])[0]?.content?.[0]?.text, "It rains in Bergen.");

  // The next run shows the upstream its own words, without our markers.
  upstream.enqueue(text("Yes."));
  await client.beta.threads.messages.create(thread.id, { role: "user", content: "Sure?" });
  await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
  const { input } = upstream.requests.findLast(({ path }) => path === "/responses")?.body ?? {};
  assert.deepEqual((input as unknown[])[1], {
    role: "assistant",
    content: "In Bergen, not in Rome.",
  });
});

interface Annotation {
  type: string;
  text: string;
  start_index: number;
  end_index: number;
  file_citation: { file_id: string };
}

function resultsOf(step: OpenAI.Beta.Threads.Runs.RunStep | undefined) {
  assert.ok(step?.step_details.type === "tool_calls");
  const [call] = step.step_details.tool_calls;
  assert.ok(call?.type === "file_search");
  return call.file_search.results ?? [];
}

Deno.test("what a tool of an assistant says of searching is what the upstream is asked", async () => {
  await using setup = await setUp(STORES);
  const { client } = setup;
  const store = await (await setup.caller.upstream()).vectorStores.create({});
  const assistant = await client.beta.assistants.create({
    model: "gpt-test",
    tools: [{
      type: "file_search",
      file_search: {
        max_num_results: 3,
        ranking_options: { ranker: "default_2024_08_21", score_threshold: 0.5 },
      },
    }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  });
  await client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: "user", content: "Search!" }] },
    tool_choice: { type: "file_search" },
  });
  assert.deepEqual(toolsOf(setup), [{
    type: "file_search",
    vector_store_ids: [store.id],
    max_num_results: 3,
    ranking_options: { score_threshold: 0.5 },
  }]);
  const { body } = setup.upstream.requests.at(-1) ?? {};
  assert.deepEqual(body?.tool_choice, { type: "file_search" });
  assert.deepEqual(body?.include, ["file_search_call.results", "reasoning.encrypted_content"]);
});

Deno.test("a search without a store is no tool of the request", async () => {
  await using setup = await setUp(STORES);
  const assistant = await searching(setup);
  const run = await setup.client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: "user", content: "Search!" }] },
  });
  assert.equal(run.status, "completed");
  assert.equal(toolsOf(setup), undefined);
});

Deno.test("attachments are put into one store of the thread, and no run begins before they are indexed", async () => {
  let looks = 0;
  await using setup = await setUp({
    ...STORES,
    indexing: () => ++looks < 6 ? "in_progress" : "completed",
  });
  const { client, upstream } = setup;
  const one = upstreamFile(setup, "one.txt", "One.");
  const two = upstreamFile(setup, "two.txt", "Two.");
  const three = upstreamFile(setup, "three.txt", "Three.");
  const assistant = await searching(setup);
  const thread = await client.beta.threads.create();
  await client.beta.threads.messages.create(thread.id, asking("First", one));
  await client.beta.threads.messages.create(thread.id, asking("Second", two));
  const run = await client.beta.threads.runs.createAndPoll(thread.id, {
    assistant_id: assistant.id,
    additional_messages: [asking("Third", three)],
  });
  assert.equal(run.status, "completed");
  const { tool_resources } = await client.beta.threads.retrieve(thread.id);
  const [store = ""] = tool_resources?.file_search?.vector_store_ids ?? [];
  const inStore = upstream.hosted.vectorStores.all.get(store);
  assert.deepEqual([...inStore?.files.keys() ?? []], [one, two, three]);
  assert.equal(upstream.hosted.vectorStores.all.size, 1);
  assert.ok([...inStore?.files.values() ?? []].every(({ status }) => status === "completed"));
  assert.ok(looks >= 6);
  assert.equal(upstream.requests.filter(({ path }) => path === "/responses").length, 1);
});

Deno.test("two messages at the same time leave their thread with one store, and both files in it", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const files = [upstreamFile(setup, "one.txt", "One."), upstreamFile(setup, "two.txt", "Two.")];
  const thread = await client.beta.threads.create();
  await Promise.all(
    files.map((file) => client.beta.threads.messages.create(thread.id, asking("Look", file))),
  );
  const { tool_resources } = await client.beta.threads.retrieve(thread.id);
  const [store = ""] = tool_resources?.file_search?.vector_store_ids ?? [];
  const { all } = upstream.hosted.vectorStores;
  assert.deepEqual([...all.keys()], [store]);
  assert.deepEqual([...all.get(store)?.files.keys() ?? []].toSorted(), files.toSorted());
});

Deno.test("a run waits a minute for indexing, and not longer", async () => {
  const clock = new ManualClock();
  await using setup = await setUp({ ...STORES, clock, indexing: () => "in_progress" });
  const { client, upstream } = setup;
  const file = upstreamFile(setup, "slow.txt", "Slow.");
  const assistant = await searching(setup);
  const thread = await client.beta.threads.create({ messages: [asking("Look", file)] });
  const before = clock.pending;
  const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
  const end = settled(setup, run);
  const from = upstream.requests.length;
  while (!upstream.requests.some(({ path }) => path === "/responses")) {
    if (clock.pending > before) clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.equal((await end).status, "completed");
  assert.ok(upstream.requests.slice(from).length > 10);
});

Deno.test("a cancelled run stops waiting for indexing", async () => {
  await using setup = await setUp({ ...STORES, indexing: () => "in_progress" });
  const { client, upstream } = setup;
  const file = upstreamFile(setup, "slow.txt", "Slow.");
  const assistant = await searching(setup);
  const thread = await client.beta.threads.create({ messages: [asking("Look", file)] });
  const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
  await upstream.received(upstream.requests.length + 2);
  await client.beta.threads.runs.cancel(run.id, { thread_id: thread.id });
  assert.equal((await settled(setup, run)).status, "cancelled");
  assert.ok(!upstream.requests.some(({ path }) => path === "/responses"));
});

Deno.test("a file that is not there is refused wherever it is named", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const gone = {
    status: 404,
    message: "Files [file-gone] were not found",
    type: "invalid_request_error",
    param: null,
    code: null,
  };
  const message = asking("Look", "file-gone");
  const thread = await client.beta.threads.create();
  const { threads } = client.beta;
  assert.deepEqual(await refusal(threads.messages.create(thread.id, message)), gone);
  assert.deepEqual(await refusal(threads.create({ messages: [message] })), gone);
  const file_search = { vector_stores: [{ file_ids: ["file-gone"] }] };
  assert.deepEqual(await refusal(searching(setup, { file_search })), gone);
  assert.deepEqual(await refusal(threads.create({ tool_resources: { file_search } })), gone);
  const { id: assistant_id } = await searching(setup);
  assert.deepEqual(
    await refusal(threads.runs.create(thread.id, { assistant_id, additional_messages: [message] })),
    gone,
  );
  assert.deepEqual((await threads.messages.list(thread.id)).data, []);
  assert.deepEqual((await threads.runs.list(thread.id)).data, []);
  assert.equal(upstream.hosted.vectorStores.all.size, 0);
});

Deno.test("a run whose vector store is gone fails with the upstream's words", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const assistant = await searching(setup, { file_search: { vector_store_ids: ["vs_gone"] } });
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: "user", content: "Search!" }] },
  });
  assert.equal(run.status, "failed");
  assert.equal(run.last_error?.code, "invalid_prompt");
  assert.match(run.last_error?.message ?? "", /Vector store with id 'vs_gone' not found/);

  const file = upstreamFile(setup, "one.txt", "One.");
  const thread = await client.beta.threads.create({ messages: [asking("Look", file)] });
  upstream.hosted.vectorStores.all.clear();
  const plain = await searching(setup);
  const path = `/threads/${thread.id}/runs`;
  const events = await readAll(
    await stream(setup, "POST", path, { assistant_id: plain.id, stream: true }),
  );
  const [failed, done] = events.slice(-2);
  assert.equal(failed?.event, "thread.run.failed");
  assert.match(failed?.data.last_error.message, /Vector store .* not found/);
  assert.equal(done?.event, "done");
});

Deno.test("a message is refused while a run is active, and nothing of it is at the upstream", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const file = upstreamFile(setup, "one.txt", "One.");
  const { id: assistant_id } = await client.beta.assistants.create({ model: "gpt-test" });
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: "?" }] });
  upstream.enqueue(functionCalls([{ name: "look", arguments: {} }]));
  const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id });
  const refused = await refusal(client.beta.threads.messages.create(thread.id, asking("L", file)));
  assert.deepEqual([refused.status, refused.message], [
    400,
    `Can't add messages to ${thread.id} while a run ${run.id} is active.`,
  ]);
  assert.equal(upstream.hosted.vectorStores.all.size, 0);
});

Deno.test("an upstream that breaks off in the middle of a search ends the run and its step", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const file = upstreamFile(setup, "one.txt", "One.");
  const assistant = await searching(setup);
  const thread = await client.beta.threads.create({ messages: [asking("Look", file)] });
  upstream.enqueue(cut(reply([{ type: "file_search_call", queries: ["one"] }]), 4));
  const events = await readAll(
    await stream(setup, "POST", `/threads/${thread.id}/runs`, {
      assistant_id: assistant.id,
      stream: true,
    }),
  );
  assert.deepEqual(events.slice(-4).map(({ event }) => event), [
    "thread.run.step.delta",
    "thread.run.step.failed",
    "thread.run.failed",
    "done",
  ]);
});

Deno.test("what an upstream refuses as a tool is refused at once the next time", async () => {
  await using setup = await setUp({ ...STORES, hostedTools: [] });
  const { client, upstream } = setup;
  const assistant = await searching(setup, { file_search: { vector_store_ids: ["vs_1"] } });
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: "?" }] });
  const body = { assistant_id: assistant.id };
  const run = await client.beta.threads.runs.createAndPoll(thread.id, body);
  assert.equal(run.last_error?.message.startsWith("Unsupported tool type: file_search"), true);
  const { status, message, param } = await refusal(
    client.beta.threads.runs.create(thread.id, body),
  );
  assert.deepEqual([status, param], [400, "tools"]);
  assert.match(String(message), /refuses 'file_search' to the model 'gpt-test'.*UPSTREAM_TOOLS/);
  assert.equal(upstream.requests.length, 1);
});

Deno.test("a citation of what has been said before stands at the end of what has come", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const { id: assistant_id } = await client.beta.assistants.create({ model: "gpt-test" });
  const cite = { file_id: "file-1", filename: "a.txt" };
  upstream.enqueue(reply([{ type: "message", text: ["Ähm 👋 so.", { cite, back: 3 }, " Yes."] }]));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  const { data: [message] } = await client.beta.threads.messages.list(run.thread_id);
  assert.equal(textOf(message), "Ähm 👋 so.【0:0†a.txt】 Yes.");
  const [part] = message?.content ?? [];
  const [annotation] = part?.type === "text" ? part.text.annotations : [];
  // Counted in characters, of which the hand is one.
  assert.deepEqual([annotation?.start_index, annotation?.end_index], [9, 20]);
});

Deno.test("a server that says everything at the end has its citations in their places", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream } = setup;
  const { id: assistant_id } = await client.beta.assistants.create({ model: "gpt-test" });
  const annotation = (index: number) => ({
    type: "file_citation",
    file_id: `file-${index}`,
    filename: "a.txt",
    index,
  });
  const item = {
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{
      type: "output_text",
      text: "One two.",
      annotations: [annotation(7), annotation(3), annotation(99)],
    }],
  };
  upstream.enqueue(reply([{ type: "raw", item, events: [] }]));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  const { data: [message] } = await client.beta.threads.messages.list(run.thread_id);
  assert.equal(textOf(message), "One【0:0†a.txt】 two【0:1†a.txt】.【0:2†a.txt】");
});

Deno.test("createAssistant() with a used key leaves no second store at the upstream", async () => {
  await using setup = await setUp(STORES);
  const { upstream } = setup;
  const file = upstreamFile(setup, "one.txt", "One.");
  const tool_resources = { file_search: { vector_stores: [{ file_ids: [file] }] } };
  const create = () =>
    setup.engine.fetch(
      new Request("http://engine/v1/assistants", {
        method: "POST",
        headers: { "idempotency-key": "once" },
        body: JSON.stringify({ model: "gpt-test", tool_resources }),
      }),
      setup.caller,
    ).then((response) => response.json());
  const first = await create();
  assert.deepEqual(await create(), first);
  assert.deepEqual(
    [...upstream.hosted.vectorStores.all.keys()],
    first.tool_resources.file_search.vector_store_ids,
  );
});

Deno.test("attachments for an upstream without the tools are kept as they are", async () => {
  await using setup = await setUp();
  const { status, body } = await send(setup, "POST", "/threads", {
    messages: [asking("Look", "file-unseen")],
  });
  assert.equal(status, 200);
  assert.equal(body.tool_resources, null);
  assert.equal(setup.upstream.requests.length, 0);
});

Deno.test("a store that a thread is given while files go to the one it had costs the user neither", async () => {
  await using setup = await setUp(STORES);
  const { client, upstream, caller } = setup;
  const { vectorStores } = await caller.upstream();
  const [had, given] = [await vectorStores.create({}), await vectorStores.create({})];
  const file = upstreamFile(setup, "one.txt", "One.");
  const withStore = ({ id }: { id: string }) => ({
    tool_resources: { file_search: { vector_store_ids: [id] } },
  });
  const thread = await client.beta.threads.create(withStore(had));
  // The thread has been read when the upstream is asked for.
  const slow = clientOf(setup.engine, {
    ...caller,
    async upstream() {
      await client.beta.threads.update(thread.id, withStore(given));
      return await caller.upstream();
    },
  });
  await slow.beta.threads.messages.create(thread.id, asking("Look", file));
  const { all } = upstream.hosted.vectorStores;
  assert.deepEqual([...all.keys()].toSorted(), [had.id, given.id].toSorted());
  assert.deepEqual([...all.get(given.id)?.files.keys() ?? []], [file]);
});
