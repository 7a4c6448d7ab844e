import assert from "node:assert/strict";
import OpenAI, { APIError, toFile } from "openai";
import { PNG, reply, type ResponsesServer, startResponsesServer } from "./responses_server.ts";

function client(fake: ResponsesServer): OpenAI {
  return new OpenAI({ apiKey: "sk-test", baseURL: fake.url, maxRetries: 0, logLevel: "off" });
}

async function refused(promise: Promise<unknown>, status: number, message: RegExp) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof APIError);
    assert.equal(error.status, status);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("the scripted server keeps files as OpenAI does, and gives none of them back", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const file = await openai.files.create({
    file: await toFile(new TextEncoder().encode("Oslo is rainy."), "notes.txt"),
    purpose: "assistants",
  });
  assert.deepEqual([file.filename, file.bytes, file.purpose], ["notes.txt", 14, "assistants"]);
  assert.deepEqual(await openai.files.retrieve(file.id), file);
  assert.deepEqual((await openai.files.list({ purpose: "vision" })).data, []);
  assert.deepEqual((await openai.files.list()).data, [file]);
  await refused(openai.files.content(file.id), 400, /Not allowed to download files of purpose/);
  const output = fake.hosted.files.add("out.csv", "1,2", "assistants_output");
  assert.equal(await (await openai.files.content(output.object.id)).text(), "1,2");
  assert.equal((await openai.files.delete(file.id)).deleted, true);
  await refused(openai.files.retrieve(file.id), 404, /No such File object/);
});

Deno.test("the scripted server puts an upload together from its parts", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const upload = await openai.uploads.create({
    bytes: 6,
    filename: "big.txt",
    mime_type: "text/plain",
    purpose: "assistants",
  });
  const part_ids = [];
  for (const text of ["one", "two"]) {
    const data = await toFile(new TextEncoder().encode(text), "part");
    part_ids.push((await openai.uploads.parts.create(upload.id, { data })).id);
  }
  const { status, file } = await openai.uploads.complete(upload.id, { part_ids });
  assert.deepEqual([status, file?.filename, file?.bytes], ["completed", "big.txt", 6]);
});

Deno.test("the scripted server's vector stores index, list, find and forget files", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const { object: { id: rain } } = fake.hosted.files.add("rain.txt", "It rains in Bergen.");
  const { object: { id: sun } } = fake.hosted.files.add("sun.txt", "The sun shines on Rome.");
  const store = await openai.vectorStores.create({
    name: "weather",
    expires_after: { anchor: "last_active_at", days: 7 },
  });
  assert.equal(store.status, "completed");
  assert.equal(store.expires_at, store.created_at + 7 * 86_400);
  const added = await openai.vectorStores.files.create(store.id, { file_id: rain });
  assert.equal(added.status, "in_progress");
  assert.equal((await openai.vectorStores.files.poll(store.id, rain)).status, "completed");
  const batch = await openai.vectorStores.fileBatches.createAndPoll(store.id, { file_ids: [sun] });
  assert.deepEqual([batch.status, batch.file_counts.completed], ["completed", 1]);
  const listed = await openai.vectorStores.files.list(store.id);
  assert.deepEqual(listed.data.map(({ id }) => id), [sun, rain]);
  const { data: [best, ...more] } = await openai.vectorStores.search(store.id, { query: "rains?" });
  assert.deepEqual([best?.file_id, best?.filename, more], [rain, "rain.txt", []]);
  const { data: [page] } = await openai.vectorStores.files.content(rain, {
    vector_store_id: store.id,
  });
  assert.equal(page?.text, "It rains in Bergen.");
  await openai.vectorStores.files.delete(rain, { vector_store_id: store.id });
  const renamed = await openai.vectorStores.update(store.id, { name: "sky" });
  assert.deepEqual([renamed.name, renamed.file_counts.total], ["sky", 1]);
  assert.equal((await openai.vectorStores.list()).data.length, 1);
  await openai.vectorStores.delete(store.id);
  await refused(openai.vectorStores.retrieve(store.id), 404, /not found/);
  await refused(
    openai.vectorStores.create({ file_ids: ["file-none"] }),
    404,
    /Files \[file-none\] were not found/,
  );
});

Deno.test("the scripted server's containers keep what is put into them", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const { object: { id: file_id } } = fake.hosted.files.add("data.csv", "1,2");
  const container = await openai.containers.create({ name: "mine" });
  const file = await openai.containers.files.create(container.id, { file_id });
  assert.equal(file.path, "/mnt/data/data.csv");
  const content = await openai.containers.files.content.retrieve(file.id, {
    container_id: container.id,
  });
  assert.equal(await content.text(), "1,2");
  fake.hosted.containers.all.delete(container.id);
  await refused(openai.containers.retrieve(container.id), 404, /Container with id/);
});

Deno.test("the scripted server's images are a real PNG", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const made = await openai.images.generate({ model: "gpt-image", prompt: "a dot", n: 2 });
  assert.deepEqual(made.data?.map(({ b64_json = "" }) => atob(b64_json).slice(1, 4)), [
    "PNG",
    "PNG",
  ]);
  const image = await toFile(PNG, "dot.png", { type: "image/png" });
  const edited = await openai.images.edit({ model: "gpt-image", prompt: "redder", image });
  assert.equal(edited.usage?.total_tokens, 110);
});

Deno.test("the scripted server runs hosted tools in OpenAI's order of events", async () => {
  await using fake = startResponsesServer();
  const openai = client(fake);
  const { object } = fake.hosted.files.add("rain.txt", "It rains in Bergen.");
  const store = await openai.vectorStores.create({ file_ids: [object.id] });
  await openai.vectorStores.files.poll(store.id, object.id);
  fake.enqueue(reply([
    { type: "file_search_call", queries: ["rains"] },
    {
      type: "code_interpreter_call",
      code: ["print", "(1)"],
      outputs: [{ type: "logs", logs: "1\n" }, { type: "image", file: "dot.png" }],
      files: { "dot.png": PNG },
    },
    {
      type: "message",
      text: [
        "In Bergen",
        { cite: { file_id: object.id, filename: "rain.txt" } },
        ", see sandbox:/mnt/data/dot.png",
        { produced: "dot.png" },
        ".",
      ],
    },
  ]));
  const types = [];
  let last: OpenAI.Responses.Response | undefined;
  for await (
    const event of await openai.responses.create({
      model: "gpt-test",
      input: "Where does it rain?",
      stream: true,
      tools: [
        { type: "file_search", vector_store_ids: [store.id] },
        { type: "code_interpreter", container: { type: "auto" } },
      ],
      include: ["file_search_call.results", "code_interpreter_call.outputs"],
    })
  ) {
    types.push(event.type.replace("response.", ""));
    if (event.type === "response.completed") last = event.response;
  }
  assert.deepEqual(types.slice(2, -1), [
    "output_item.added",
    "file_search_call.in_progress",
    "file_search_call.searching",
    "file_search_call.completed",
    "output_item.done",
    "output_item.added",
    "code_interpreter_call.in_progress",
    "code_interpreter_call_code.delta",
    "code_interpreter_call_code.delta",
    "code_interpreter_call_code.done",
    "code_interpreter_call.interpreting",
    "code_interpreter_call.completed",
    "output_item.done",
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.annotation.added",
    "output_text.delta",
    "output_text.annotation.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
  ]);
  const [search, code, message] = last?.output ?? [];
  assert.ok(search?.type === "file_search_call" && code?.type === "code_interpreter_call");
  assert.deepEqual(search.results?.map(({ file_id, text }) => [file_id, text]), [
    [object.id, "It rains in Bergen."],
  ]);
  assert.equal(code.code, "print(1)");
  const [, image] = code.outputs ?? [];
  assert.ok(image?.type === "image");
  assert.deepEqual(await (await fetch(image.url)).bytes(), PNG);
  assert.ok(message?.type === "message" && message.content[0]?.type === "output_text");
  const { text, annotations: [cited, produced] } = message.content[0];
  assert.ok(cited?.type === "file_citation" && produced?.type === "container_file_citation");
  assert.equal(cited.index, "In Bergen".length);
  assert.equal(text.slice(produced.start_index, produced.end_index), "sandbox:/mnt/data/dot.png");
  assert.equal(produced.container_id, code.container_id);
});

Deno.test("the scripted server refuses a tool that it has not, and what is gone", async () => {
  await using fake = startResponsesServer({ hostedTools: ["file_search"] });
  const openai = client(fake);
  const ask = (tool: OpenAI.Responses.Tool) =>
    openai.responses.create({ model: "gpt-test", input: "?", tools: [tool] });
  await refused(
    ask({ type: "code_interpreter", container: { type: "auto" } }),
    400,
    /Unsupported tool type: code_interpreter/,
  );
  await refused(ask({ type: "file_search", vector_store_ids: ["vs_1"] }), 404, /Vector store/);
});
