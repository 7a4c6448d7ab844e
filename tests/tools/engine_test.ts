/**
 * Runs every tool through the real SDK, the real engine and a real database, with a scripted model;
 * and once more with an upstream that has its own Assistants API.
 */

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/2020";
import type OpenAI from "openai";
import { createEngine } from "../../src/engine/mod.ts";
import { Jobs } from "../../src/jobs/mod.ts";
import { createClients, toApiError } from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import type { ToolContext } from "../../src/tools/define_tool.ts";
import { listedOutputSchema } from "../../src/tools/schemas/json_schema.ts";
import { DEFAULT_TOOLSETS } from "../../src/tools/define_tool.ts";
import { tools } from "../../src/tools/mod.ts";
import { type AssistantsServer, startAssistantsServer } from "../fakes/assistants_server.ts";
import {
  failed,
  functionCalls,
  gate,
  incomplete,
  type ResponsesServer,
  startResponsesServer,
  text,
} from "../fakes/responses_server.ts";
import type { Args } from "../kit/tool_examples.ts";
import { contextOf, toldBy } from "../kit/recorder.ts";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { place: { type: "string" } } },
  },
};

const ajv = new Ajv2020({ strict: true });

/** The tools that are served by default. */
function namesByDefault(): Set<string> {
  const byDefault: ReadonlySet<string> = new Set(DEFAULT_TOOLSETS);
  return new Set(tools.filter(({ toolset }) => byDefault.has(toolset)).map(({ name }) => name));
}

Deno.test("tools work through the engine, and their results match their output schemas", async () => {
  await using session = openSession();
  await converse(session);
  const { data } = await session.call("list_threads", {});
  assert.ok(Array.isArray(data));
  assert.deepEqual(session.called, namesByDefault());
});

Deno.test("tools work through an upstream's Assistants API, and their results match their output schemas", async () => {
  for (const joining of ["state", "refused"] as const) {
    await using upstream = startAssistantsServer({ joining });
    await using session = openSession({ upstream });
    await converse(session);
    await assert.rejects(session.call("list_threads", {}), (error) => {
      assert.match(toApiError(error).message, /session key.* This upstream cannot list threads/);
      return true;
    });
    assert.deepEqual([...namesByDefault().difference(session.called)], ["list_threads"]);
  }
});

/** Calls every tool except list_threads. */
async function converse({ call, model }: Session): Promise<void> {
  const assistant = await call("create_assistant", { name: "Tutor", instructions: "Teach." });
  const { id: assistant_id } = assistant;
  assert.equal(assistant.model, "gpt-default");
  assert.deepEqual(await call("get_assistant", { assistant_id }), assistant);
  assert.equal((await call("modify_assistant", { assistant_id, name: "Sage" })).name, "Sage");
  assert.deepEqual(ids(await call("list_assistants", { limit: 1 })), [assistant_id]);

  const { id: thread_id } = await call("create_thread", {
    messages: [{ role: "user", content: "What is AI?" }],
  });
  await call("modify_thread", { thread_id, metadata: { topic: "AI" } });
  assert.deepEqual((await call("get_thread", { thread_id })).metadata, { topic: "AI" });
  const { id: message_id } = await call("create_message", {
    thread_id,
    role: "user",
    content: "In one sentence.",
  });
  await call("modify_message", { thread_id, message_id, metadata: { mood: "brief" } });
  const message = await call("get_message", { thread_id, message_id });
  assert.deepEqual(message.metadata, { mood: "brief" });

  model.enqueue(text(["Machines ", "that think."]));
  const run = await call("create_run", { thread_id, assistant_id });
  const { id: run_id } = run;
  assert.equal(run.status, "queued");
  const waited = await call("wait_for_run", { thread_id, run_id });
  assert.equal((waited.run as OpenAI.Beta.Threads.Run).status, "completed");
  assert.deepEqual((waited.messages as OpenAI.Beta.Threads.Message[]).map(textOf), [
    "Machines that think.",
  ]);
  await call("modify_run", { thread_id, run_id, metadata: { graded: "yes" } });
  assert.deepEqual((await call("get_run", { thread_id, run_id })).metadata, { graded: "yes" });
  assert.deepEqual(ids(await call("list_runs", { thread_id })), [run_id]);
  const [step_id = ""] = ids(await call("list_run_steps", { thread_id, run_id }));
  assert.equal((await call("get_run_step", { thread_id, run_id, step_id })).status, "completed");
  const { data } = await call("list_messages", { thread_id, order: "asc" });
  assert.deepEqual((data as OpenAI.Beta.Threads.Message[]).map(textOf), [
    "What is AI?",
    "In one sentence.",
    "Machines that think.",
  ]);

  const halted = gate();
  model.enqueue(text(["Never ", halted, "said"]));
  const other = await call("create_thread_and_run", { assistant_id });
  await halted.reached;
  const named = { thread_id: other.thread_id, run_id: other.id };
  assert.match(String((await call("cancel_run", named)).status), /^cancell(ing|ed)$/);
  const { run: cancelled } = await call("wait_for_run", named);
  assert.equal((cancelled as OpenAI.Beta.Threads.Run).status, "cancelled");
  halted.open();

  model.enqueue(text("To go on."));
  const turn = await call("ask_assistant", { message: "And now?", assistant_id, thread_id });
  assert.deepEqual([turn.status, turn.response], ["completed", "To go on."]);
  model.enqueue(text("42"), text("43"));
  assert.equal((await call("ask_openai", { query: "6 * 7?" })).text, "42");
  const { job_id } = await call("ask_openai", { query: "And more?", wait_s: 0 });
  assert.equal(((await call("get_job", { job_id })).result as Result).text, "43");

  model.enqueue(functionCalls([{ name: "get_weather", arguments: { place: "Oslo" } }]));
  const asking = await call("ask_assistant", {
    message: "The weather in Oslo?",
    thread_id,
    assistant_id,
    tools: [WEATHER],
  });
  assert.equal(asking.status, "requires_action");
  const [weather] = callsOf(asking);
  assert.deepEqual(weather?.function, { name: "get_weather", arguments: '{"place":"Oslo"}' });
  model.enqueue(text("It is sunny."));
  const submitted = await call("submit_tool_outputs", {
    thread_id,
    run_id: asking.run_id,
    tool_outputs: [{ tool_call_id: weather?.id, output: "Sunny" }],
  });
  assert.equal(submitted.status, "queued");
  const { messages } = await call("wait_for_run", { thread_id, run_id: asking.run_id });
  assert.deepEqual((messages as OpenAI.Beta.Threads.Message[]).map(textOf), ["It is sunny."]);
  assert.ok(ids(await call("list_models", {})).includes("gpt-test"));

  const { images } = await call("create_image", { prompt: "A machine that thinks" });
  const [image] = images as { id: string }[];
  const edited = await call("edit_image", { prompt: "In blue", images: [image?.id] });
  assert.deepEqual([edited.status, edited.error], ["completed", null]);

  assert.equal((await call("delete_message", { thread_id, message_id })).deleted, true);
  assert.equal((await call("delete_thread", { thread_id })).deleted, true);
  assert.equal((await call("delete_assistant", { assistant_id })).deleted, true);
}

Deno.test("ask_assistant returns parallel calls, and a streamed submission continues with their outputs", async () => {
  await using session = openSession();
  const { call, model } = session;
  model.enqueue(functionCalls([
    { name: "get_weather", arguments: { place: "Oslo" } },
    { name: "get_weather", arguments: { place: "Rome" } },
  ]));
  const turn = await call("ask_assistant", { message: "Where is it warmer?", tools: [WEATHER] });
  assert.equal(turn.status, "requires_action");
  const calls = callsOf(turn);
  for (const { id } of calls) assert.ok(String(turn.next).includes(`get_weather (${id})`));
  const { thread_id, run_id } = turn;

  const [first] = calls;
  await assert.rejects(
    call("submit_tool_outputs", {
      thread_id,
      run_id,
      tool_outputs: [{ tool_call_id: first?.id, output: "5" }],
    }),
    { status: 400, message: /Expected tool outputs for call_ids/ },
  );
  const waited = await call("wait_for_run", { thread_id, run_id });
  assert.equal((waited.run as OpenAI.Beta.Threads.Run).status, "requires_action");
  assert.equal(waited.next, turn.next);

  model.enqueue(text(["In ", "Rome."]));
  const told: string[] = [];
  const run = await call("submit_tool_outputs", {
    thread_id,
    run_id,
    tool_outputs: calls.map(({ id }, index) => ({ tool_call_id: id, output: String(index * 5) })),
    stream: true,
  }, { progress: (step) => told.push(toldBy(step)) });
  assert.equal(run.status, "completed");
  assert.match(told.join(""), /In Rome\.$/);
  const { body } = model.requests.at(-1) ?? {};
  const outputs = (body?.input as Result[]).filter(({ type }) => type === "function_call_output");
  assert.deepEqual(outputs.map(({ output }) => output), ["0", "5"]);
});

Deno.test("the offline model calls a function that the message names, and uses its output", async () => {
  await using session = openSession({ offline: true });
  const { call } = session;
  const turn = await call("ask_assistant", {
    message: "Please use get_weather for Oslo.",
    tools: [WEATHER],
  });
  assert.equal(turn.status, "requires_action");
  const { thread_id, run_id } = turn;
  const tool_outputs = callsOf(turn).map(({ id }) => ({ tool_call_id: id, output: "7 degrees" }));
  assert.equal(tool_outputs.length, 1);
  await call("submit_tool_outputs", { thread_id, run_id, tool_outputs });
  const { run, messages } = await call("wait_for_run", { thread_id, run_id });
  assert.equal((run as OpenAI.Beta.Threads.Run).status, "completed");
  const [answer = ""] = (messages as OpenAI.Beta.Threads.Message[]).map(textOf);
  assert.match(answer, /offline model.*get_weather answered "7 degrees"/);

  const { job_id } = await call("ask_openai", { query: "Good morning", wait_s: 0 });
  const job = await call("get_job", { job_id });
  assert.match(String((job.result as Result).text), /You wrote "Good morning"/);
});

Deno.test("ask_assistant uses one assistant at an upstream, also after a restart", async () => {
  await using upstream = startAssistantsServer();
  const made = [];
  for (let starts = 0; starts < 2; starts++) {
    await using session = openSession({ upstream });
    const turns = await Promise.all(
      ["One", "Two"].map((message) => session.call("ask_assistant", { message })),
    );
    made.push(...turns.map(({ assistant_id }) => assistant_id));
  }
  assert.equal(new Set(made).size, 1);
});

Deno.test("create_run with stream reports the engine's text as progress", async () => {
  await using session = openSession();
  const { call, model } = session;
  const { id: assistant_id } = await call("create_assistant", {});
  const { id: thread_id } = await call("create_thread", {});
  model.enqueue(text(["Machines ", "that think."]));
  const told: string[] = [];
  const run = await call("create_run", {
    thread_id,
    assistant_id,
    additional_messages: [{ role: "user", content: "What is AI?" }],
    stream: true,
  }, { progress: (step) => told.push(toldBy(step)) });
  assert.equal(run.status, "completed");
  assert.equal(told.join(""), "queued\nin_progress\nMachines that think.");
});

Deno.test("ask_assistant uses one assistant per tenant, and one conversation per thread", async () => {
  await using session = openSession();
  const { call, model } = session;
  const turns = await Promise.all(
    ["One", "Two", "Three"].map((message) => call("ask_assistant", { message })),
  );
  assert.deepEqual(turns.map(({ status }) => status), ["completed", "completed", "completed"]);
  const [first] = turns;
  assert.deepEqual(ids(await call("list_assistants", {})), [first?.assistant_id]);
  model.enqueue(text("Yes."));
  const again = await call("ask_assistant", {
    message: "Still there?",
    thread_id: first?.thread_id,
  });
  assert.deepEqual([again.response, again.thread_id], ["Yes.", first?.thread_id]);
  const stranger = session.as("another");
  const theirs = await stranger("ask_assistant", { message: "Hello" });
  assert.notEqual(theirs.assistant_id, first?.assistant_id);
});

Deno.test("ask_assistant returns after wait_s, and wait_for_run returns the rest", async () => {
  await using session = openSession();
  const { call, model } = session;
  const halted = gate();
  model.enqueue(text(["Half, ", halted, "and half."]));
  const handle = await call("ask_assistant", { message: "Slowly", wait_s: 0 });
  assert.match(String(handle.status), /queued|in_progress/);
  const { thread_id, run_id } = handle;
  await halted.reached;
  const { run } = await call("wait_for_run", { thread_id, run_id, wait_s: 0.05 });
  assert.equal((run as OpenAI.Beta.Threads.Run).status, "in_progress");
  const rest = call("wait_for_run", { thread_id, run_id });
  halted.open();
  const { messages } = await rest;
  assert.deepEqual((messages as OpenAI.Beta.Threads.Message[]).map(textOf), ["Half, and half."]);
});

Deno.test("the run of ask_assistant continues if the call is cancelled, and can be joined", async () => {
  await using session = openSession();
  const { call, model } = session;
  const halted = gate();
  model.enqueue(text(["Half, ", halted, "and half."]));
  const { id: thread_id } = await call("create_thread", {});
  const caller = new AbortController();
  await assert.rejects(
    call("ask_assistant", { message: "Slowly", thread_id }, {
      signal: caller.signal,
      progress: (step) =>
        toldBy(step) === "Half, " && caller.abort(new Error("The caller has gone.")),
    }),
    /The caller has gone/,
  );
  halted.open();
  const [run_id = ""] = ids(await call("list_runs", { thread_id }));
  const { run } = await call("wait_for_run", { thread_id, run_id });
  assert.equal((run as OpenAI.Beta.Threads.Run).status, "completed");
});

Deno.test("ask_assistant reports how a run ended that did not complete", async () => {
  await using session = openSession();
  const { call, model } = session;
  model.enqueue(incomplete("max_output_tokens", "Once upon"));
  const short = await call("ask_assistant", { message: "A story" });
  assert.deepEqual([short.status, short.response], ["incomplete", "Once upon"]);
  assert.deepEqual(short.incomplete_details, { reason: "max_completion_tokens" });
  model.enqueue(failed({ code: "server_error", message: "The model fell over." }));
  const broken = await call("ask_assistant", { message: "A story" });
  assert.equal(broken.status, "failed");
  const { code, message } = broken.last_error as { code: string; message: string };
  assert.equal(code, "server_error");
  assert.match(message, /The model fell over/);
  assert.match(String(broken.next), /last_error/);
});

Deno.test("tools throw the engine's errors", async () => {
  await using session = openSession();
  const { call, model } = session;
  const absent = `asst_${"x".repeat(24)}`;
  await assert.rejects(call("get_assistant", { assistant_id: absent }), {
    status: 404,
    message: new RegExp(`No assistant found with id '${absent}'`),
  });
  await assert.rejects(call("get_assistant", { assistant_id: "thread_1" }), { status: 400 });
  await assert.rejects(call("list_assistants", { limit: 101 }), { status: 400, param: "limit" });
  await assert.rejects(
    call("create_assistant", { tools: [{ type: "file_search", unheard_of: 1 }] }),
    { status: 400, param: "tools[0].unheard_of" },
  );
  const halted = gate();
  model.enqueue(text(["Half, ", halted, "and half."]));
  const { thread_id } = await call("ask_assistant", { message: "Slowly", wait_s: 0 });
  await assert.rejects(call("ask_assistant", { message: "Hurry", thread_id }), {
    status: 400,
    message: /while a run|active run/,
  });
  halted.open();
});

type Result = Record<string, unknown>;
type Call = (name: string, args: Args, changes?: Partial<ToolContext>) => Promise<Result>;

interface Session extends AsyncDisposable {
  model: ResponsesServer;
  /** Calls a tool, and checks the result against its output schema. */
  call: Call;
  /** The same for another tenant. */
  as(tenant: string): Call;
  called: Set<string>;
}

interface SessionOptions {
  /** An upstream with its own Assistants API; the engine by default. */
  upstream?: AssistantsServer;
  offline?: boolean;
}

function openSession({ upstream, offline = false }: SessionOptions = {}): Session {
  const model = upstream?.model ?? startResponsesServer();
  const store = openStore("sqlite::memory:");
  const engine = createEngine({ store });
  const clients = createClients({
    settings: {
      OPENAI_BASE_URL: offline ? "offline:" : upstream?.url ?? model.url,
      ASSISTANTS_BACKEND: upstream === undefined ? "responses" : "assistants",
      OPENAI_TIMEOUT_S: 30,
      OPENAI_MAX_RETRIES: 0,
      OPENAI_MAX_CONCURRENCY: 8,
    },
    engine,
  });
  const jobs = new Jobs({ store, explain: toApiError });
  const called = new Set<string>();

  function as(tenant: string): Call {
    return async (name, args, changes) => {
      const tool = tools.find((tool) => tool.name === name);
      assert.ok(tool, `no tool ${name}`);
      const openai = await clients.of({ tenant, apiKey: "test-key" });
      const result = await tool.run(
        tool.input.parse(args),
        contextOf(openai, {
          jobs: jobs.of(tenant),
          saveFile: (file) => engine.keepFile(tenant, file),
          ...changes,
        }),
      );
      const sent = JSON.parse(JSON.stringify(result));
      assert.ok(ajv.validate(listedOutputSchema(tool), sent), `${name}: ${ajv.errorsText()}`);
      called.add(name);
      return sent;
    };
  }

  return {
    model,
    call: as("default"),
    as,
    called,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await jobs.close();
      await clients.close();
      await store.close();
      if (upstream === undefined) await model.close();
    },
  };
}

function callsOf(
  { required_action }: Result,
): OpenAI.Beta.Threads.RequiredActionFunctionToolCall[] {
  const action = required_action as OpenAI.Beta.Threads.Run.RequiredAction;
  return action.submit_tool_outputs.tool_calls;
}

function ids(list: Result): string[] {
  return (list.data as { id: string }[]).map(({ id }) => id);
}

function textOf({ content }: OpenAI.Beta.Threads.Message): string {
  const [part] = content;
  return part?.type === "text" ? part.text.value : "";
}
