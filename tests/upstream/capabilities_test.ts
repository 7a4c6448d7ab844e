import assert from "node:assert/strict";
import { createEngine } from "../../src/engine/mod.ts";
import { hostedToolsOf } from "../../src/upstream/capabilities.ts";
import { createClients } from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { reply, startResponsesServer } from "../fakes/responses_server.ts";

const BOTH = ["file_search", "code_interpreter"] as const;

Deno.test("hostedToolsOf() knows OpenAI and Azure, and believes the setting", () => {
  for (
    const url of [
      "https://api.openai.com/v1",
      "https://eu.api.openai.com/v1",
      "https://mine.openai.azure.com/openai/v1",
      "https://mine.services.ai.azure.com/openai/v1",
    ]
  ) assert.deepEqual(hostedToolsOf("auto", url), BOTH, url);
  for (
    const url of [
      "http://localhost:11434/v1",
      "https://api.openai.com.evil.example/v1",
      "https://openai.azure.com.evil.example/v1",
      "http://offline.invalid/v1",
    ]
  ) assert.deepEqual(hostedToolsOf("auto", url), [], url);
  assert.deepEqual(hostedToolsOf(["file_search"], "http://localhost:11434/v1"), ["file_search"]);
  assert.deepEqual(hostedToolsOf([], "https://api.openai.com/v1"), []);
});

Deno.test("files that runs have produced are answered here, and all others by the model server", async () => {
  await using server = startResponsesServer();
  const store = openStore("sqlite::memory:");
  const engine = createEngine({ store });
  const clients = createClients({
    engine,
    settings: {
      OPENAI_BASE_URL: server.url,
      OPENAI_TIMEOUT_S: 3,
      OPENAI_MAX_RETRIES: 0,
      // A file is fetched while the response that names it has the one place there is.
      OPENAI_MAX_CONCURRENCY: 1,
      UPSTREAM_TOOLS: ["code_interpreter"],
    },
  });
  const credential = { tenant: "default" };
  const openai = await clients.of(credential);
  const { id: assistant_id } = await openai.beta.assistants.create({
    model: "gpt-test",
    tools: [{ type: "code_interpreter" }],
  });
  server.enqueue(reply([
    { type: "code_interpreter_call", code: ["write()"], files: { "a.txt": "made here" } },
    { type: "message", text: ["sandbox:/mnt/data/a.txt", { produced: "a.txt" }] },
  ]));
  const run = await openai.beta.threads.createAndRunPoll({ assistant_id });
  assert.equal(run.status, "completed");
  const { data: [message] } = await openai.beta.threads.messages.list(run.thread_id);
  const [part] = message?.content ?? [];
  const [annotation] = part?.type === "text" ? part.text.annotations : [];
  assert.ok(annotation?.type === "file_path");
  const id = String(annotation.file_path.file_id);
  assert.equal(await (await openai.files.content(id)).text(), "made here");

  const api = clients.apiOf(credential);
  const get = (path: string, method = "GET") => {
    const { signal } = new AbortController();
    return api(path, { method, headers: new Headers(), body: null, signal });
  };
  const content = await get(`/files/${id}/content`);
  assert.equal(await content.text(), "made here");
  assert.match(content.headers.get("content-disposition") ?? "", /^attachment;/);
  assert.equal((await (await get(`/files/${id}`)).json()).purpose, "assistants_output");
  const refused = await get(`/files/${id}/content`, "DELETE");
  assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET"]);
  await refused.body?.cancel();

  const theirs = server.hosted.files.add("b.txt", "theirs");
  assert.equal((await openai.files.retrieve(theirs.object.id)).filename, "b.txt");
  const others = await clients.of({ tenant: "other" });
  await assert.rejects(others.files.retrieve(id), { status: 404 });
  await clients.close();
  await engine.close();
  await store.close();
});
