/** Files and citations, as users of the TypeScript predecessor expect them (row P3.5). */

import assert from "node:assert/strict";
import { CLIENT_KINDS, objectOf, type TestClient } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { startHttp, tempFolder } from "../kit/process.ts";
import { reply, type ResponsesServer, startResponsesServer } from "../fakes/responses_server.ts";
import { start } from "./_server.ts";

const SETTINGS = { TOOLSETS: "default,files,vector_stores", UPSTREAM_TOOLS: "file_search" };

const TEXT = "The harbour office opens at seven. Pilots report on channel 12.";
const QUESTION = "On which channel do pilots report?";

/** The model searches, and cites what it has found. */
function citing(file_id: string) {
  return reply([
    { type: "file_search_call", queries: ["pilots channel"] },
    {
      type: "message",
      text: ["On channel 12", { cite: { file_id, filename: "harbour.txt" } }, "."],
    },
  ]);
}

for (const { name, connect } of CLIENT_KINDS) {
  // Row P3.5 of the predecessors.
  Deno.test(`a chat uploads, indexes and asks with tools only, and gets a citation: ${name}`, async () => {
    await using folder = await tempFolder();
    await using upstream = startResponsesServer();
    await using server = await startHttp({ ...upstreamSettings(folder, upstream), ...SETTINGS });
    await using client = await connect(server);
    // From here on the client holds results against the schemas.
    await client.listTools();
    await askAboutFile(client, upstream);
  });
}

async function askAboutFile(client: TestClient, upstream: ResponsesServer): Promise<void> {
  const call = async (name: string, args: Record<string, unknown>) =>
    objectOf(await client.callTool(name, args));
  const file = await call("upload_file", { text: TEXT, filename: "harbour.txt" });
  assert.deepEqual([file.purpose, file.bytes], ["assistants", TEXT.length]);
  const { id: vector_store_id } = await call("create_vector_store", { name: "Harbour" });
  const added = await call("add_vector_store_files", { vector_store_id, file_ids: [file.id] });
  assert.deepEqual([added.status, added.file_counts.completed], ["completed", 1]);
  const { id: assistant_id } = await call("create_assistant", {
    model: "gpt-test",
    tools: [{ type: "file_search" }],
    tool_resources: { file_search: { vector_store_ids: [vector_store_id] } },
  });

  upstream.enqueue(citing(file.id));
  const turn = await call("ask_assistant", { assistant_id, message: QUESTION });
  assert.equal(turn.status, "completed");
  assert.match(turn.response, /^On channel 12/);
  const asked = upstream.requests.findLast(({ path }) => path === "/responses");
  assert.deepEqual(asked?.body?.tools, [{
    type: "file_search",
    vector_store_ids: [vector_store_id],
  }]);

  const { data: [answer] } = await call("list_messages", { thread_id: turn.thread_id });
  const [{ text }] = answer.content;
  const [citation] = text.annotations;
  assert.equal(citation.type, "file_citation");
  assert.equal(citation.file_citation.file_id, file.id);
  assert.ok(text.value.includes(citation.text), "the text shows where the citation is");
}

// Row P3.5 of the predecessors.
Deno.test("a file attached to a message is searched in its thread", async () => {
  await using started = await start(SETTINGS);
  const { call, upstream } = started;
  const file = await call("upload_file", { data: btoa(TEXT), filename: "harbour.txt" });
  const { id: assistant_id } = await call("create_assistant", {
    model: "gpt-test",
    tools: [{ type: "file_search" }],
  });
  const { id: thread_id } = await call("create_thread");
  const attachments = [{ file_id: file.id, tools: [{ type: "file_search" }] }];
  const message = await call("create_message", {
    thread_id,
    role: "user",
    content: QUESTION,
    attachments,
  });
  assert.deepEqual(message.attachments, attachments);
  const { tool_resources } = await call("get_thread", { thread_id });
  const [vector_store_id] = tool_resources.file_search.vector_store_ids;
  const listed = await call("list_vector_store_files", { vector_store_id });
  assert.deepEqual(listed.data.map(({ id }: { id: string }) => id), [file.id]);

  upstream.enqueue(citing(file.id));
  const { id: run_id } = await call("create_run", { thread_id, assistant_id });
  const { run, messages } = await call("wait_for_run", { thread_id, run_id });
  assert.equal(run.status, "completed");
  const [{ text }] = messages[0].content;
  assert.equal(text.annotations[0].file_citation.file_id, file.id);
});

// Row P3.5 of the predecessors.
Deno.test("a file that a run produced can be read and deleted", async () => {
  await using started = await start({ ...SETTINGS, UPSTREAM_TOOLS: "code_interpreter" });
  const { call, upstream, refusal } = started;
  const { id: assistant_id } = await call("create_assistant", {
    model: "gpt-test",
    tools: [{ type: "code_interpreter" }],
  });
  upstream.enqueue(reply([
    { type: "code_interpreter_call", code: ["save()"], files: { "table.csv": "a,b\n1,2\n" } },
    { type: "message", text: ["Here: ", { produced: "table.csv" }] },
  ]));
  const { thread_id } = await call("ask_assistant", { assistant_id, message: "Make a table" });
  const { data: [answer] } = await call("list_messages", { thread_id });
  const [{ text }] = answer.content;
  const { file_id } = text.annotations[0].file_path;
  const content = await call("get_file_content", { file_id });
  assert.deepEqual([content.text, content.mime_type], ["a,b\n1,2\n", "text/csv"]);
  assert.deepEqual(await call("delete_file", { file_id }), {
    id: file_id,
    object: "file",
    deleted: true,
  });
  assert.equal((await refusal("get_file", { file_id })).fields.status, 404);
});
