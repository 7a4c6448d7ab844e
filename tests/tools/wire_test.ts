/** Every argument of every tool reaches the wire. */

import assert from "node:assert/strict";
import { tools } from "../../src/tools/mod.ts";
import { type Args, EXAMPLES } from "../kit/tool_examples.ts";
import { contextOf, record, type Recorded, sse } from "../kit/recorder.ts";

/** The request of each operation; arguments that are not in its path are in the query or the body. */
const OPERATIONS: Record<string, string> = {
  create_assistant: "POST /assistants",
  list_assistants: "GET /assistants",
  get_assistant: "GET /assistants/{assistant_id}",
  modify_assistant: "POST /assistants/{assistant_id}",
  delete_assistant: "DELETE /assistants/{assistant_id}",
  create_thread: "POST /threads",
  list_threads: "GET /threads",
  get_thread: "GET /threads/{thread_id}",
  modify_thread: "POST /threads/{thread_id}",
  delete_thread: "DELETE /threads/{thread_id}",
  create_message: "POST /threads/{thread_id}/messages",
  list_messages: "GET /threads/{thread_id}/messages",
  get_message: "GET /threads/{thread_id}/messages/{message_id}",
  modify_message: "POST /threads/{thread_id}/messages/{message_id}",
  delete_message: "DELETE /threads/{thread_id}/messages/{message_id}",
  create_run: "POST /threads/{thread_id}/runs",
  create_thread_and_run: "POST /threads/runs",
  list_runs: "GET /threads/{thread_id}/runs",
  get_run: "GET /threads/{thread_id}/runs/{run_id}",
  modify_run: "POST /threads/{thread_id}/runs/{run_id}",
  submit_tool_outputs: "POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
  cancel_run: "POST /threads/{thread_id}/runs/{run_id}/cancel",
  list_run_steps: "GET /threads/{thread_id}/runs/{run_id}/steps",
  get_run_step: "GET /threads/{thread_id}/runs/{run_id}/steps/{step_id}",
  create_messages: "POST /threads/{thread_id}/messages/batch",
  search_messages: "GET /threads/search",
  list_models: "GET /models",
  list_files: "GET /files",
  get_file: "GET /files/{file_id}",
  delete_file: "DELETE /files/{file_id}",
  create_vector_store: "POST /vector_stores",
  list_vector_stores: "GET /vector_stores",
  modify_vector_store: "POST /vector_stores/{vector_store_id}",
  delete_vector_store: "DELETE /vector_stores/{vector_store_id}",
  list_vector_store_files: "GET /vector_stores/{vector_store_id}/files",
  remove_vector_store_file: "DELETE /vector_stores/{vector_store_id}/files/{file_id}",
  search_vector_store: "POST /vector_stores/{vector_store_id}/search",
};

const RUN = { id: "run_1", object: "thread.run", thread_id: "thread_1", status: "completed" };

for (const [name, operation] of Object.entries(OPERATIONS)) {
  Deno.test(`${name} sends every argument under its name`, async () => {
    for (const args of EXAMPLES[name] ?? []) {
      const [sent, ...more] = await requestsOf(name, args);
      assert.deepEqual(more, []);
      assert.deepEqual(shown(sent), expected(operation, withDefaults(name, args)));
      assert.equal(
        sent?.headers.get("openai-beta"),
        /^\w+ \/(assistants|threads|vector_stores)/.test(operation) ? "assistants=v2" : null,
      );
    }
  });
}

Deno.test("wait_for_run requests the run's events, then its messages", async () => {
  const sent = await requestsOf("wait_for_run", { thread_id: "thread_1", run_id: "run_1" });
  assert.deepEqual(sent.map(shown), [
    { request: "GET /threads/thread_1/runs/run_1", query: [["stream", "true"]], body: undefined },
    {
      request: "GET /threads/thread_1/messages",
      query: [["limit", "100"], ["order", "asc"], ["run_id", "run_1"]],
      body: undefined,
    },
  ]);
});

Deno.test("ask_assistant starts a run on the thread with the message", async () => {
  const [args] = EXAMPLES.ask_assistant ?? [{}];
  const { message, thread_id: _, wait_s: __, ...rest } = args;
  const sent = await requestsOf("ask_assistant", args);
  assert.deepEqual(sent.map(shown), [{
    request: "POST /threads/thread_1/runs",
    query: [],
    body: { ...rest, stream: true, additional_messages: [{ role: "user", content: message }] },
  }]);
});

Deno.test("ask_assistant without a thread creates one", async () => {
  const sent = await requestsOf("ask_assistant", { message: "Hello", assistant_id: "asst_1" });
  assert.deepEqual(sent.map(shown), [{
    request: "POST /threads/runs",
    query: [],
    body: {
      assistant_id: "asst_1",
      stream: true,
      thread: { messages: [{ role: "user", content: "Hello" }] },
    },
  }]);
});

Deno.test("ask_assistant without an assistant requests the same one each time", async () => {
  const asked = await Promise.all([1, 2].map(() => requestsOf("ask_assistant", { message: "Hi" })));
  for (const [creation, run] of asked) {
    assert.equal(creation?.path, "/assistants");
    assert.equal(creation.headers.get("idempotency-key"), "assistants-mcp-default-assistant");
    const { name, description, model } = creation.body as Record<string, unknown>;
    assert.deepEqual([typeof name, typeof description, model], ["string", "string", "gpt-default"]);
    const { assistant_id, model: runModel } = run?.body as Record<string, unknown>;
    assert.deepEqual([assistant_id, runModel], ["asst_default", "gpt-default"]);
  }
});

Deno.test("ask_openai requests a response that is not stored", async () => {
  const [args] = EXAMPLES.ask_openai ?? [{}];
  const sent = await requestsOf("ask_openai", args);
  assert.deepEqual(sent.map(shown), [{
    request: "POST /responses",
    query: [],
    body: {
      input: "What is AI?",
      model: "gpt-test",
      instructions: "Be brief.",
      temperature: 0.7,
      max_output_tokens: 500,
      reasoning: { effort: "low" },
      store: false,
      stream: true,
    },
  }]);
});

Deno.test("ask_openai sends only given arguments, and at least the API's minimum of tokens", async () => {
  const [sent] = await requestsOf("ask_openai", { query: "Hi", max_tokens: 1 });
  assert.deepEqual(sent?.body, {
    input: "Hi",
    model: "gpt-default",
    max_output_tokens: 16,
    store: false,
    stream: true,
  });
});

/** Returns the request that a call of the tool sends. */
async function requestsOf(name: string, args: Args): Promise<Recorded[]> {
  const tool = tools.find((tool) => tool.name === name);
  assert.ok(tool);
  await using upstream = record(({ method, path, body }) => {
    if (path === "/responses") {
      return sse(["response.completed", {
        type: "response.completed",
        response: { status: "completed", model: "gpt-test", output: [] },
      }]);
    }
    const streamed = (body as { stream?: boolean } | undefined)?.stream === true;
    if (streamed) return sse(["thread.run.completed", RUN]);
    if (/\/runs\/run_1$/.test(path)) return Response.json(RUN);
    if (method === "POST" && path === "/assistants") return Response.json({ id: "asst_default" });
    return Response.json({ object: "list", data: [], has_more: false });
  });
  await tool.run(tool.input.parse(args), contextOf(upstream.openai));
  return upstream.requests;
}

function shown(sent: Recorded | undefined) {
  return {
    request: `${sent?.method} ${sent?.path}`,
    query: sent?.query.sort(),
    body: sent?.body,
  };
}

function expected(operation: string, args: Args) {
  const rest = { ...args };
  const request = operation.replace(/\{(\w+)\}/g, (_, name) => {
    const value = String(rest[name]);
    delete rest[name];
    return value;
  });
  const query: [string, string][] = [];
  const inQuery = request.startsWith("POST") ? ["include"] : Object.keys(rest);
  for (const name of inQuery) {
    const value = rest[name];
    delete rest[name];
    if (Array.isArray(value)) {
      query.push(...value.map((item): [string, string] => [`${name}[]`, item]));
    } else if (typeof value === "object" && value !== null) {
      for (const [key, text] of Object.entries(value)) query.push([`${name}[${key}]`, text]);
    } else if (value !== undefined) query.push([name, String(value)]);
  }
  const body = request.startsWith("POST") && !request.endsWith("/cancel") ? rest : undefined;
  return { request, query: query.sort(), body };
}

function withDefaults(name: string, args: Args): Args {
  return name === "create_assistant" ? { model: "gpt-default", ...args } : args;
}
