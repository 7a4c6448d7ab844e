import assert from "node:assert/strict";
import {
  readAll,
  refusal,
  type Setup,
  setUp,
  type SetupOptions,
  stream,
  streamRun,
  textOf,
  upstreamFile,
} from "../kit/engine.ts";
import { cut, PNG, reply, status } from "../fakes/responses_server.ts";

const CODE: SetupOptions = { toolsSaid: ["code_interpreter", "file_search"] };

type Json = Record<string, unknown>;

function coding({ client }: Setup, file_ids: string[] = []) {
  return client.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "code_interpreter" }],
    tool_resources: { code_interpreter: { file_ids } },
  });
}

/** The container that each request for a response has asked for. */
function containersOf({ upstream }: Setup): unknown[] {
  return upstream.requests.filter(({ path }) => path === "/responses").map(({ body }) =>
    (body?.tools as Json[])[0]?.container
  );
}

function run1(code: string, output: string) {
  return {
    type: "code_interpreter_call",
    code: [code],
    outputs: [{ type: "logs", logs: output }],
  } as const;
}

Deno.test("code, its logs, images and files become steps, image parts and file paths", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const assistant = await coding(setup);
  const thread = await client.beta.threads.create({
    messages: [{ role: "user", content: "Draw" }],
  });
  const table = "n,square\n2,4\n";
  upstream.enqueue(reply([
    {
      type: "code_interpreter_call",
      code: ["plot", "(2)"],
      outputs: [{ type: "logs", logs: "done\n" }, { type: "image", file: "plot.png" }],
      files: { "plot.png": PNG, "table.csv": table },
    },
    {
      type: "message",
      text: [
        "See [the table](sandbox:/mnt/data/table.csv)",
        { produced: "table.csv" },
        ", once more.",
        { produced: "table.csv" },
      ],
    },
  ]));
  const path = `/threads/${thread.id}/runs`;
  const events = await readAll(
    await stream(setup, "POST", path, { assistant_id: assistant.id, stream: true }),
  );
  assert.deepEqual(events.map(({ event }) => event.replace("thread.", "")).slice(3), [
    "run.step.created",
    "run.step.in_progress",
    "run.step.delta",
    "run.step.delta",
    "run.step.delta",
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
  const step = events.find(({ event }) => event === "thread.run.step.completed")?.data;
  const [{ code_interpreter }] = step.step_details.tool_calls;
  assert.equal(code_interpreter.input, "plot(2)");
  const [logs, image] = code_interpreter.outputs;
  assert.deepEqual(logs, { type: "logs", logs: "done\n" });
  const imageId = image.image.file_id;

  const message = events.find(({ event }) => event === "thread.message.completed")?.data;
  const [picture, { text: { value, annotations } }] = message.content;
  assert.deepEqual(picture, {
    type: "image_file",
    image_file: { file_id: imageId, detail: "auto" },
  });
  assert.equal(value, "See [the table](sandbox:/mnt/data/table.csv), once more.");
  const [first, second] = annotations;
  assert.equal(first.type, "file_path");
  assert.equal(first.text, "sandbox:/mnt/data/table.csv");
  assert.equal(value.slice(first.start_index, first.end_index), first.text);
  assert.equal(first.file_path.file_id, second.file_path.file_id);

  // The container goes, and the files stay.
  upstream.hosted.containers.all.clear();
  const { file_id } = first.file_path;
  const { created_at: _, ...file } = await client.files.retrieve(file_id);
  assert.deepEqual(file, {
    id: file_id,
    object: "file",
    bytes: table.length,
    filename: "table.csv",
    purpose: "assistants_output",
    status: "processed",
  });
  const content = await client.files.content(file_id);
  assert.equal(await content.text(), table);
  assert.equal(
    content.headers.get("content-disposition"),
    "attachment; filename*=UTF-8''table.csv",
  );
  assert.deepEqual(new Uint8Array(await (await client.files.content(imageId)).arrayBuffer()), PNG);
  await client.files.delete(file_id);
  assert.equal((await refusal(client.files.retrieve(file_id))).status, 404);
  await client.beta.threads.delete(thread.id);
  assert.equal((await refusal(client.files.retrieve(imageId))).status, 404);
});

Deno.test("a file belongs to the tenant whose run has produced it", async () => {
  await using setup = await setUp(CODE);
  const file_id = await produced(setup, "secret.txt", "secret");
  const request = new Request(`http://engine/v1/files/${file_id}/content`);
  assert.equal(await setup.engine.fetchFile(request, setup.callerOf("other")), undefined);
  assert.equal((await setup.engine.fetchFile(request, setup.caller))?.status, 200);
});

/** A file that a run has produced. */
async function produced(setup: Setup, filename: string, content: string): Promise<string> {
  const { client, upstream } = setup;
  const assistant = await coding(setup);
  upstream.enqueue(reply([
    { type: "code_interpreter_call", code: ["write()"], files: { [filename]: content } },
    { type: "message", text: [`sandbox:/mnt/data/${filename}`, { produced: filename }] },
  ]));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id: assistant.id });
  const { data: [message] } = await client.beta.threads.messages.list(run.thread_id);
  const [part] = message?.content ?? [];
  const [annotation] = part?.type === "text" ? part.text.annotations : [];
  assert.ok(annotation?.type === "file_path");
  return annotation.file_path.file_id ?? "";
}

Deno.test("the container of a thread has all its files, is kept, and made anew when it is gone", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { threads } = client.beta;
  const [one, two, three] = ["one", "two", "three"].map((name) =>
    upstreamFile(setup, `${name}.csv`, name)
  );
  assert.ok(one && two && three);
  const { id: assistant_id } = await coding(setup, [one]);
  const thread = await threads.create({
    messages: [{
      role: "user",
      content: "Add",
      attachments: [{ file_id: two, tools: [{ type: "code_interpreter" }] }],
    }],
  });
  assert.deepEqual(thread.tool_resources, { code_interpreter: { file_ids: [two] } });
  const again = async () => {
    upstream.enqueue(reply([run1("print(1)", "1\n"), { type: "message", text: ["One."] }]));
    const run = await threads.runs.createAndPoll(thread.id, { assistant_id });
    assert.equal(run.status, "completed");
  };
  await again();
  const [first] = upstream.hosted.containers.all.values();
  await threads.messages.create(thread.id, {
    role: "user",
    content: "And this",
    attachments: [{ file_id: three, tools: [{ type: "code_interpreter" }] }],
  });
  await again();
  await again();
  const files = [...first?.files.values() ?? []].map(({ object }) => object.path);
  assert.deepEqual(files, ["/mnt/data/one.csv", "/mnt/data/two.csv", "/mnt/data/three.csv"]);
  upstream.hosted.containers.all.clear();
  await again();
  const auto = (file_ids: string[]) => ({ type: "auto", file_ids });
  const kept = first?.object.id;
  assert.deepEqual(containersOf(setup), [auto([one, two]), kept, kept, auto([one, two, three])]);
});

Deno.test("a container that goes while its run waits for its client does not stop the run", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  upstream.enqueue(reply([
    run1("print(1)", "1\n"),
    { type: "function_call", name: "look", arguments: ["{}"], call_id: "call_1" },
  ]));
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: "?" }] });
  const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id });
  assert.equal(run.status, "requires_action");
  upstream.hosted.containers.all.clear();
  const done = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: "call_1", output: "seen" }],
  });
  assert.equal(done.status, "completed");
  const { input } = upstream.requests.findLast(({ path }) => path === "/responses")?.body ?? {};
  assert.deepEqual((input as Json[]).map(({ type, role }) => type ?? role), [
    "user",
    "function_call",
    "function_call_output",
  ]);
});

Deno.test("code that a client's calls come with goes back to the container it ran in", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  upstream.enqueue(reply([
    { type: "function_call", name: "look", arguments: ["{}"], call_id: "call_1" },
    run1("print(1)", "1\n"),
    { type: "message", text: ["Looking."] },
  ]));
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: "?" }] });
  const events = await readAll(
    await streamRun(setup, { assistant_id, thread_id: thread.id }),
  );
  // Beside calls that wait, no step is told of: those who listen follow one at a time.
  assert.deepEqual(events.map(({ event }) => event.replace("thread.", "")).slice(3), [
    "run.step.created",
    "run.step.in_progress",
    "run.step.delta",
    "run.step.delta",
    "message.created",
    "message.in_progress",
    "message.delta",
    "message.completed",
    "run.requires_action",
    "done",
  ]);
  const run = events.at(-2)?.data;
  const where = { thread_id: thread.id, order: "asc" } as const;
  const { data: steps } = await client.beta.threads.runs.steps.list(run.id, where);
  assert.deepEqual(
    steps.map(({ type, status, step_details }) => [
      type,
      status,
      step_details.type === "tool_calls" && step_details.tool_calls[0]?.type,
    ]),
    [
      ["tool_calls", "in_progress", "function"],
      ["tool_calls", "completed", "code_interpreter"],
      ["message_creation", "completed", false],
    ],
  );
  await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: "call_1", output: "seen" }],
  });
  const { body } = upstream.requests.findLast(({ path }) => path === "/responses") ?? {};
  assert.deepEqual((body?.input as Json[]).map(({ type, role }) => type ?? role), [
    "user",
    "function_call",
    "code_interpreter_call",
    "message",
    "function_call_output",
  ]);
  const [container] = upstream.hosted.containers.all.keys();
  assert.equal((body?.tools as Json[])[0]?.container, container);
});

Deno.test("a file that a run has produced goes to the upstream when it is used, once", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const file_id = await produced(setup, "table.csv", "1,2");
  const { id: assistant_id } = await coding(setup, [file_id]);
  const use = async () => {
    const run = await client.beta.threads.createAndRunPoll({
      assistant_id,
      thread: {
        messages: [{
          role: "user",
          content: [{ type: "image_file", image_file: { file_id } }],
          attachments: [{ file_id, tools: [{ type: "file_search" }] }],
        }],
      },
    });
    assert.equal(run.status, "completed");
    return upstream.requests.findLast(({ path }) => path === "/responses")?.body;
  };
  const body = await use();
  const [copy] = upstream.hosted.files.all.values();
  assert.deepEqual([copy?.object.filename, copy?.object.purpose], ["table.csv", "user_data"]);
  assert.deepEqual((body?.tools as Json[])[0]?.container, {
    type: "auto",
    file_ids: [copy?.object.id],
  });
  assert.deepEqual((body?.input as { content: unknown }[])[0]?.content, [
    { type: "input_image", file_id: copy?.object.id, detail: "auto" },
  ]);
  const [store] = upstream.hosted.vectorStores.all.values();
  assert.deepEqual([...store?.files.keys() ?? []], [copy?.object.id]);
  await use();
  assert.equal(upstream.hosted.files.all.size, 1);
  upstream.hosted.files.all.clear();
  await use();
  assert.equal(upstream.hosted.files.all.size, 1);
  await client.files.delete(file_id);
  assert.equal(upstream.hosted.files.all.size, 0);
});

Deno.test("an image comes out of its URL or from its container, and from nowhere else", async () => {
  let asked = 0;
  await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response(PNG);
  });
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  const urls = [
    `data:image/png;base64,${btoa(String.fromCharCode(...PNG))}`,
    "data:image/png;base64,%%%",
    `http://127.0.0.1:${elsewhere.addr.port}/plot.png`,
    `${upstream.url}/files/file-1/content`,
    `${upstream.url}@127.0.0.1:${elsewhere.addr.port}/containers/a/files/b/content`,
  ];
  upstream.enqueue(reply([{
    type: "code_interpreter_call",
    code: ["plot()"],
    outputs: urls.map((url) => ({ type: "image", url })),
  }]));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  const { data: [step] } = await client.beta.threads.runs.steps.list(run.id, run);
  assert.ok(step?.step_details.type === "tool_calls");
  const [call] = step.step_details.tool_calls;
  assert.ok(call?.type === "code_interpreter");
  const files = await Promise.all(
    call.code_interpreter.outputs.map((output) =>
      client.files.retrieve(output.type === "image" ? output.image.file_id : "")
    ),
  );
  assert.deepEqual(files.map(({ status, bytes }) => [status, bytes]), [
    ["processed", PNG.length],
    ["error", 0],
    ["error", 0],
    ["error", 0],
    ["error", 0],
  ]);
  const { status, message } = await refusal(client.files.content(files[2]?.id ?? ""));
  assert.equal(status, 400);
  assert.match(String(message), /has no content: The image is at a URL that is not the upstream's/);
  assert.equal(asked, 0);
});

Deno.test("a file that is too large, or is gone, is there to say so", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  upstream.enqueue(reply([
    {
      type: "code_interpreter_call",
      code: ["write()"],
      files: { "large.bin": new Uint8Array(64 * 2 ** 20 + 1) },
    },
    {
      type: "message",
      text: [
        "sandbox:/mnt/data/large.bin",
        { produced: "large.bin" },
        " sandbox:/mnt/data/gone.bin",
        { produced: "gone.bin" },
      ],
    },
  ]));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  assert.equal(run.status, "completed");
  const { data: [message] } = await client.beta.threads.messages.list(run.thread_id);
  const [part] = message?.content ?? [];
  assert.ok(part?.type === "text");
  const why = await Promise.all(part.text.annotations.map(async (annotation) => {
    assert.ok(annotation.type === "file_path");
    const { message } = await refusal(client.files.content(annotation.file_path.file_id ?? ""));
    return String(message).replace(/^File file-\w+ has no content: /, "");
  }));
  assert.deepEqual(why, [
    "The file is larger than the 64 MiB that are kept of one.",
    "The upstream did not give the file away: Container file with id 'cfile_none' not found.",
  ]);
});

Deno.test("an upstream that breaks off in the middle of code ends the run and its step", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: "?" }] });
  upstream.enqueue(cut(reply([run1("print(1)", "1\n")]), 5));
  const events = await readAll(
    await streamRun(setup, { assistant_id, thread_id: thread.id }),
  );
  assert.deepEqual(events.slice(-3).map(({ event }) => event), [
    "thread.run.step.failed",
    "thread.run.failed",
    "done",
  ]);
  const [call] = events.at(-3)?.data.step_details.tool_calls ?? [];
  assert.equal(call.code_interpreter.input, "print(1)");
});

Deno.test("a run whose file was deleted fails with the upstream's words", async () => {
  await using setup = await setUp(CODE);
  const file = upstreamFile(setup, "one.csv", "1");
  const { id: assistant_id } = await coding(setup, [file]);
  setup.upstream.hosted.files.all.clear();
  const run = await setup.client.beta.threads.createAndRunPoll({ assistant_id });
  assert.equal(run.status, "failed");
  assert.match(run.last_error?.message ?? "", new RegExp(`Files \\[${file}\\] were not found`));
});

Deno.test("a thread has at most twenty files for its code", async () => {
  await using setup = await setUp(CODE);
  const ids = Array.from({ length: 21 }, (_, n) => upstreamFile(setup, `${n}.csv`, "1"));
  const attachments = ids.map((file_id) => ({
    file_id,
    tools: [{ type: "code_interpreter" as const }],
  }));
  const messages = [{ role: "user" as const, content: "?", attachments }];
  const { status, code } = await refusal(setup.client.beta.threads.create({ messages }));
  assert.deepEqual([status, code], [400, "array_above_max_length"]);
});

Deno.test("a message after calls that its response does not finish is incomplete", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  const message = { type: "message", text: ["Half of"] } as const;
  const call = {
    type: "function_call",
    name: "look",
    arguments: ["{}"],
    call_id: "call_1",
  } as const;
  const failure = { code: "server_error", message: "No." };
  const endings = [
    { status: "failed", error: failure },
    { status: "incomplete", reason: "max_output_tokens" },
    { status: "error", error: failure },
  ] as const;
  for (const ending of endings) {
    upstream.enqueue(reply([call, message], { ending }));
    const run = await client.beta.threads.createAndRunPoll({ assistant_id });
    const { data: [half] } = await client.beta.threads.messages.list(run.thread_id);
    assert.deepEqual([half?.status, textOf(half)], ["incomplete", "Half of"]);
  }
});

Deno.test("the SDK's AssistantStream follows hosted tools to their ends", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const file = upstreamFile(setup, "rain.txt", "It rains in Bergen.");
  const store = await (await setup.caller.upstream()).vectorStores.create({ file_ids: [file] });
  const { id: assistant_id } = await client.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "code_interpreter" }, { type: "file_search" }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  });
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: "?" }] });
  upstream.enqueue(reply([
    { type: "file_search_call", queries: ["rains"] },
    {
      type: "code_interpreter_call",
      code: ["plot", "(2)"],
      outputs: [{ type: "logs", logs: "done\n" }, { type: "image", file: "plot.png" }],
      files: { "plot.png": PNG },
    },
    {
      type: "message",
      text: ["Rain", { cite: { file_id: file, filename: "rain.txt" } }, " in Bergen."],
    },
  ]));
  const seen: unknown[] = [];
  const run = client.beta.threads.runs.stream(thread.id, { assistant_id })
    .on("toolCallCreated", ({ type }) => seen.push(`${type} created`))
    .on("toolCallDone", (call) => {
      seen.push(call.type === "code_interpreter" ? call.code_interpreter.input : call.type);
    })
    .on("imageFileDone", ({ file_id }) => seen.push(file_id.slice(0, 5)))
    .on("textDone", ({ value, annotations }) => seen.push(value, annotations.length));
  assert.equal((await run.finalRun()).status, "completed");
  assert.deepEqual(seen, [
    "file_search created",
    "file_search",
    "code_interpreter created",
    "plot(2)",
    "file-",
    "Rain【0:0†rain.txt】 in Bergen.",
    1,
  ]);
  const steps = await run.finalRunSteps();
  assert.deepEqual(steps.map(({ status }) => status), Array(3).fill("completed"));
});

Deno.test("annotations of a server that does not say where are put where they can be", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  const path = "sandbox:/mnt/data/a.csv";
  const produced = { container_id: "cntr_1", file_id: "cfile_1", filename: "a.csv" };
  upstream.enqueue(reply([{
    type: "message",
    text: [
      `See ${path}, `,
      { annotation: { type: "file_citation", file_id: "file-1", filename: "a.txt" } },
      { annotation: { type: "container_file_citation", ...produced } },
      { annotation: { type: "url_citation", url: "https://example.com" } },
      "there.",
    ],
  }]));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  const { data: [message] } = await client.beta.threads.messages.list(run.thread_id);
  assert.equal(textOf(message), `See ${path}, there.【0:0†a.txt】`);
  const [part] = message?.content ?? [];
  assert.ok(part?.type === "text");
  assert.deepEqual(
    part.text.annotations.map(({ type, text, start_index }) => [type, text, start_index]),
    [["file_path", path, 4], ["file_citation", "【0:0†a.txt】", 4 + path.length + 8]],
  );
});

Deno.test("a server that sends its output whole has the same steps and messages", async () => {
  await using setup = await setUp(CODE);
  const { client, upstream } = setup;
  const { id: assistant_id } = await coding(setup);
  const output = [
    { type: "file_search_call", id: "fs_1", status: "completed", queries: ["a"], results: null },
    {
      type: "code_interpreter_call",
      id: "ci_1",
      status: "completed",
      code: "print(1)",
      container_id: "cntr_1",
      outputs: [{ type: "logs", logs: "1" }],
    },
    {
      type: "message",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "One.", annotations: [] }],
    },
  ];
  const last = { type: "response.completed", response: { output, usage: null } };
  upstream.enqueue(status(200, {
    headers: { "content-type": "text/event-stream" },
    body: `event: response.completed\ndata: ${JSON.stringify(last)}\n\n`,
  }));
  const run = await client.beta.threads.createAndRunPoll({ assistant_id });
  assert.equal(run.status, "completed");
  const where = { thread_id: run.thread_id, order: "asc" } as const;
  const { data: steps } = await client.beta.threads.runs.steps.list(run.id, where);
  assert.deepEqual(
    steps.map(({ status, step_details }) => [
      status,
      step_details.type === "tool_calls" ? step_details.tool_calls[0]?.type : step_details.type,
    ]),
    [
      ["completed", "file_search"],
      ["completed", "code_interpreter"],
      ["completed", "message_creation"],
    ],
  );
  const { data: [message] } = await client.beta.threads.messages.list(run.thread_id);
  assert.equal(textOf(message), "One.");
});
