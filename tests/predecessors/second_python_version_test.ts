/** What users of the second Python server did. */

import assert from "node:assert/strict";
import { StdioProcess, tempFolder } from "../kit/process.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { type Args, EXAMPLES } from "../kit/tool_examples.ts";
import { record, type Recorded, sse } from "../kit/recorder.ts";
import { type Json, start } from "./_server.ts";

/** Its 23 tools, and what each of them asks of the API. */
const TOOLS: Record<string, string> = {
  create_assistant: "POST /assistants",
  get_assistant: "GET /assistants/asst_abc123",
  list_assistants: "GET /assistants",
  modify_assistant: "POST /assistants/asst_1",
  delete_assistant: "DELETE /assistants/asst_abc123",
  create_thread: "POST /threads",
  get_thread: "GET /threads/thread_abc123",
  modify_thread: "POST /threads/thread_1",
  delete_thread: "DELETE /threads/thread_abc123",
  create_message: "POST /threads/thread_1/messages",
  get_message: "GET /threads/thread_abc123/messages/msg_abc123",
  list_messages: "GET /threads/thread_1/messages",
  modify_message: "POST /threads/thread_1/messages/msg_1",
  delete_message: "DELETE /threads/thread_abc123/messages/msg_abc123",
  create_run: "POST /threads/thread_1/runs",
  create_thread_and_run: "POST /threads/runs",
  list_runs: "GET /threads/thread_1/runs",
  get_run: "GET /threads/thread_abc123/runs/run_abc123",
  modify_run: "POST /threads/thread_1/runs/run_1",
  submit_tool_outputs: "POST /threads/thread_1/runs/run_1/submit_tool_outputs",
  cancel_run: "POST /threads/thread_abc123/runs/run_abc123/cancel",
  list_run_steps: "GET /threads/thread_1/runs/run_1/steps",
  get_run_step: "GET /threads/thread_1/runs/run_1/steps/step_1",
};

// Row P2.1 of the predecessors.
Deno.test("the 23 tools of the second Python version send every argument", async () => {
  const run = { id: "run_1", object: "thread.run", thread_id: "thread_1", status: "completed" };
  await using upstream = record(({ body }) => {
    const streamed = (body as { stream?: boolean } | undefined)?.stream === true;
    return streamed ? sse(["thread.run.completed", run]) : Response.json(run);
  });
  await using folder = await tempFolder();
  await using server = new StdioProcess({
    ...upstreamSettings(folder, { url: upstream.openai.baseURL }),
    ASSISTANTS_BACKEND: "assistants",
  });
  await server.initialize();
  const { result } = await server.request("list", "tools/list");
  const listed = result.tools.map(({ name }: Json) => name);
  assert.equal(Object.keys(TOOLS).length, 23);

  for (const [name, request] of Object.entries(TOOLS)) {
    assert.ok(listed.includes(name), name);
    const [args = {}] = EXAMPLES[name] ?? [];
    upstream.requests.length = 0;
    const { isError, content } = await server.callTool(name, args);
    assert.ok(!isError, JSON.stringify(content));
    const [sent, ...more] = upstream.requests;
    assert.ok(sent);
    assert.deepEqual([`${sent.method} ${sent.path}`, more], [request, []]);
    for (const argument of Object.entries(args)) {
      assert.ok(isSent(sent, argument), `${name} does not send ${argument[0]}`);
    }
  }
});

// Row P2.1 of the predecessors.
Deno.test("list_assistants honours limit and cursors", async () => {
  await using started = await start();
  const { call } = started;
  const made: string[] = [];
  for (const name of ["one", "two", "three", "four", "five"]) {
    made.push((await call("create_assistant", { name }))["id"]);
  }
  const [one, two, three, four, five] = made;
  const ids = async (args: Args) =>
    (await call("list_assistants", args))["data"].map(({ id }: Json) => id);

  assert.deepEqual(await ids({ limit: 2 }), [five, four]);
  assert.deepEqual(await ids({ limit: 2, after: four }), [three, two]);
  assert.deepEqual(await ids({ limit: 2, after: two }), [one]);
  assert.deepEqual(await ids({ order: "asc", limit: 2, after: one }), [two, three]);
  assert.deepEqual(await ids({ order: "asc", before: three }), [one, two]);
  assert.deepEqual(await ids({ after: five, before: two }), [four, three]);
  const page = await call("list_assistants", { limit: 4 });
  assert.deepEqual([page["first_id"], page["last_id"], page["has_more"]], [five, two, true]);
  assert.equal((await call("list_assistants", { limit: 5 }))["has_more"], false);
});

/** Whether an argument is in the path, in the query or in the body, under its own name. */
function isSent({ path, query, body }: Recorded, [name, value]: [string, unknown]): boolean {
  if (name.endsWith("_id") && path.split("/").includes(String(value))) return true;
  if (typeof body === "object" && body !== null && Object.hasOwn(body, name)) {
    assert.deepEqual(Reflect.get(body, name), value);
    return true;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).every(([key, part]) =>
      query.some(([sentName, sent]) => sentName === `${name}[${key}]` && sent === part)
    );
  }
  return [value].flat().every((item) =>
    query.some(([key, sent]) => key.replace("[]", "") === name && sent === String(item))
  );
}
