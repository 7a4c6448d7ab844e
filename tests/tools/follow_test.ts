import assert from "node:assert/strict";
import { ApiError } from "../../src/shared/errors.ts";
import { askAssistant } from "../../src/tools/catalog/chat.ts";
import type { ProgressUpdate, ToolContext } from "../../src/tools/define_tool.ts";
import {
  createRun,
  createThreadAndRun,
  submitToolOutputs,
  waitForRun,
} from "../../src/tools/catalog/runs.ts";
import {
  contextOf,
  type LiveEvents,
  liveEvents,
  record,
  type Recorded,
  sse,
  toldBy,
} from "../kit/recorder.ts";

const IDS = { thread_id: "thread_1", run_id: "run_1" };
const START = { thread_id: "thread_1", assistant_id: "asst_1", stream: true };
const ASK = { message: "Hi", assistant_id: "asst_1", thread_id: "thread_1" };

Deno.test("create_run with stream reports the text as progress and returns the run", async () => {
  await using upstream = record(() =>
    sse(
      run("created", "queued"),
      run("queued", "queued"),
      run("in_progress", "in_progress"),
      message("created", "msg_1", ""),
      delta("msg_1", "Hel"),
      delta("msg_1", "lo"),
      message("completed", "msg_1", "Hello"),
      run("completed", "completed"),
      ["done", "[DONE]"],
    )
  );
  const told: string[] = [];
  const result = await createRun.run(START, contextOf(upstream.openai, { progress: push(told) }));
  assert.deepEqual(result, runObject("completed"));
  assert.deepEqual(told, ["queued\n", "in_progress\n", "Hel", "lo"]);
});

Deno.test("create_thread_and_run with stream returns the run that waits for tool outputs", async () => {
  await using upstream = record(() =>
    sse(
      ["thread.created", { id: "thread_1", object: "thread" }],
      run("requires_action", "requires_action"),
    )
  );
  const result = await createThreadAndRun.run(
    { assistant_id: "asst_1", stream: true },
    contextOf(upstream.openai),
  );
  assert.deepEqual(result, runObject("requires_action"));
});

Deno.test("submit_tool_outputs with stream follows the run to its end, or to the next calls", async () => {
  for (const status of ["completed", "requires_action"]) {
    await using upstream = record(() =>
      sse(
        ["thread.run.step.completed", { id: "step_1", object: "thread.run.step" }],
        run("queued", "queued"),
        run("in_progress", "in_progress"),
        delta("msg_1", "Sunny"),
        run(status, status),
      )
    );
    const told: string[] = [];
    const tool_outputs = [{ tool_call_id: "call_1", output: "20 degrees" }];
    const result = await submitToolOutputs.run(
      { ...IDS, tool_outputs, stream: true },
      contextOf(upstream.openai, { progress: push(told) }),
    );
    assert.deepEqual(result, runObject(status));
    assert.deepEqual(told, ["queued\n", "in_progress\n", "Sunny"]);
  }
});

Deno.test("submit_tool_outputs throws the engine's error, with stream or without", async () => {
  const message = "Expected tool outputs for call_ids ['call_1', 'call_2'], got ['call_1']";
  await using upstream = record(() => Response.json({ error: { message } }, { status: 400 }));
  for (const stream of [undefined, false, true]) {
    const args = { ...IDS, tool_outputs: [{ tool_call_id: "call_1", output: "" }], stream };
    await assert.rejects(
      async () => await submitToolOutputs.run(args, contextOf(upstream.openai)),
      (error: Error & { status?: number }) =>
        error.status === 400 && error.message.includes(message),
    );
  }
});

Deno.test("create_run with stream returns the current run when the time is up", async () => {
  const events = liveEvents();
  await using upstream = record(() => events.response);
  events.send(...run("in_progress", "in_progress"));
  const result = await createRun.run(START, contextOf(upstream.openai, { waitS: 0.1 }));
  assert.deepEqual(result, runObject("in_progress"));
  await events.gone;
  assert.deepEqual(requests(upstream.requests), ["POST /threads/thread_1/runs"]);
});

Deno.test("create_run with stream throws the engine's error", async () => {
  const error = {
    message: "Thread thread_1 already has an active run run_9.",
    type: "invalid_request_error",
    param: null,
    code: null,
  };
  await using upstream = record(() => Response.json({ error }, { status: 400 }));
  await assert.rejects(
    createRun.run(START, contextOf(upstream.openai)),
    (thrown: Error & { status?: number }) =>
      thrown.status === 400 && thrown.message.includes(error.message),
  );
});

Deno.test("create_run with stream fails if no run starts within the time", async () => {
  const events = liveEvents();
  await using upstream = record(() => events.response);
  const call = createRun.run(START, contextOf(upstream.openai, { waitS: 0.05 }));
  await assert.rejects(call, { name: "ApiError", status: 504, message: /list_runs/ });
});

Deno.test("create_run with stream fails if the stream ends before a run starts", async () => {
  await using upstream = record(() => sse());
  const call = createRun.run(START, contextOf(upstream.openai));
  await assert.rejects(call, { name: "ApiError", status: 502, message: /list_runs/ });
});

Deno.test("cancelling a call stops the wait and not the run", async () => {
  const events = liveEvents();
  await using upstream = record(() => events.response);
  const caller = new AbortController();
  events.send(...run("in_progress", "in_progress"));
  const call = waitForRun.run(
    IDS,
    contextOf(upstream.openai, {
      signal: caller.signal,
      progress: () => caller.abort(new Error("The caller has gone.")),
    }),
  );
  await assert.rejects(Promise.resolve(call), /The caller has gone/);
  await events.gone;
  assert.deepEqual(requests(upstream.requests), ["GET /threads/thread_1/runs/run_1"]);
});

Deno.test("wait_for_run joins the run and returns its messages and the next step", async () => {
  const written = { id: "msg_1", object: "thread.message", role: "assistant" };
  await using upstream = record(({ path }) =>
    path.endsWith("/messages")
      ? Response.json({ object: "list", data: [written], has_more: false })
      : sse(run("in_progress", "in_progress"), delta("msg_1", "lo"), run("completed", "completed"))
  );
  const told: string[] = [];
  const result = await waitForRun.run(IDS, contextOf(upstream.openai, { progress: push(told) }));
  assert.deepEqual(told, ["in_progress\n", "lo"]);
  const { next, ...rest } = result as { next: string };
  assert.deepEqual(rest, { run: runObject("completed"), messages: [written] });
  assert.match(next, /ask_assistant .*thread_1/);
});

Deno.test("wait_for_run with 0 seconds returns the current run", async () => {
  const events = liveEvents();
  await using upstream = record(({ path }) =>
    path.endsWith("/messages") ? emptyList() : events.response
  );
  events.send(...run("in_progress", "in_progress"));
  const result = await waitForRun.run({ ...IDS, wait_s: 0 }, contextOf(upstream.openai));
  const { next } = result as { next: string };
  assert.deepEqual(result, { run: runObject("in_progress"), messages: [], next });
  assert.match(next, /wait_for_run {"thread_id":"thread_1","run_id":"run_1"}/);
});

Deno.test("wait_for_run polls an upstream that does not stream existing runs", async () => {
  const statuses = ["queued", "in_progress", "completed"];
  await using upstream = record(({ path }) =>
    path.endsWith("/messages") ? emptyList() : Response.json(runObject(statuses.shift() ?? ""))
  );
  const told: string[] = [];
  const result = await waitForRun.run(IDS, contextOf(upstream.openai, { progress: push(told) }));
  assert.deepEqual((result as { run: unknown }).run, runObject("completed"));
  assert.deepEqual(told, ["queued\n", "in_progress\n"]);
});

Deno.test("wait_for_run stops polling when the time is up", async () => {
  await using upstream = record(({ path }) =>
    path.endsWith("/messages") ? emptyList() : Response.json(runObject("in_progress"))
  );
  const result = await waitForRun.run({ ...IDS, wait_s: 0.05 }, contextOf(upstream.openai));
  assert.deepEqual((result as { run: unknown }).run, runObject("in_progress"));
});

Deno.test("wait_for_run rejects a wait above the server's maximum", async () => {
  await using upstream = record(() => emptyList());
  await assert.rejects(
    async () => await waitForRun.run({ ...IDS, wait_s: 31 }, contextOf(upstream.openai)),
    (error) =>
      error instanceof ApiError && error.status === 400 && error.param === "wait_s" &&
      /<= 30/.test(error.message),
  );
  assert.deepEqual(upstream.requests, []);
});

Deno.test("ask_assistant returns the text and the ids", async () => {
  await using upstream = record(() =>
    sse(
      delta("msg_1", "Hello"),
      message("completed", "msg_1", "Hello"),
      run("completed", "completed"),
    )
  );
  const { next, ...turn } = await ask(contextOf(upstream.openai));
  assert.deepEqual(turn, {
    status: "completed",
    response: "Hello",
    thread_id: "thread_1",
    run_id: "run_1",
    assistant_id: "asst_1",
    required_action: null,
    last_error: null,
    incomplete_details: null,
    usage: null,
  });
  assert.match(next, /^Done\./);
});

Deno.test("ask_assistant retrieves the run and its text if the stream breaks off", async () => {
  const events = liveEvents();
  const data = [
    messageObject("completed", "msg_0", "A question of mine", "user"),
    messageObject("completed", "msg_1", "The whole answer"),
  ];
  await using upstream = record(({ method, path }) =>
    method === "POST"
      ? events.response
      : path.endsWith("/messages")
      ? Response.json({ object: "list", data, has_more: false })
      : Response.json(runObject("completed"))
  );
  events.send(...run("in_progress", "in_progress"));
  events.send(...delta("msg_1", "The who"));
  const { status, response } = await ask(
    contextOf(upstream.openai, { progress: (step) => toldBy(step) === "The who" && events.cut() }),
  );
  assert.deepEqual([status, response], ["completed", "The whole answer"]);
});

Deno.test("ask_assistant omits text that a retry has replaced", async () => {
  await using upstream = record(() =>
    sse(
      message("created", "msg_1", ""),
      delta("msg_1", "Half an ans"),
      message("incomplete", "msg_1", ""),
      run("in_progress", "in_progress"),
      message("created", "msg_2", ""),
      delta("msg_2", "The answer"),
      message("completed", "msg_2", "The answer"),
      message("created", "msg_3", ""),
      message("completed", "msg_3", "And more"),
      run("completed", "completed"),
    )
  );
  const { response } = await ask(contextOf(upstream.openai));
  assert.equal(response, "The answer\n\nAnd more");
});

Deno.test("ask_assistant returns the partial text of an incomplete answer", async () => {
  await using upstream = record(() =>
    sse(
      delta("msg_1", "Once upon"),
      message("incomplete", "msg_1", "Once upon"),
      run("incomplete", "incomplete"),
    )
  );
  const { status, response, next } = await ask(contextOf(upstream.openai));
  assert.deepEqual([status, response], ["incomplete", "Once upon"]);
  assert.match(next, /incomplete_details/);
});

Deno.test("ask_assistant with 0 seconds returns the ids", async () => {
  const events: LiveEvents = liveEvents();
  await using upstream = record(() => events.response);
  events.send(...run("created", "queued"));
  const { status, response, next } = await ask(contextOf(upstream.openai), { wait_s: 0 });
  assert.deepEqual([status, response], ["queued", null]);
  assert.match(next, /wait_for_run/);
});

Deno.test("ask_assistant and wait_for_run return the calls, and explain how to submit their outputs", async () => {
  const calls = [["call_1", "get_weather"], ["call_2", "get_time"]].map(([id, name]) => ({
    id,
    type: "function",
    function: { name, arguments: "{}" },
  }));
  const required_action = {
    type: "submit_tool_outputs",
    submit_tool_outputs: { tool_calls: calls },
  };
  const waiting = { ...runObject("requires_action"), required_action };
  await using upstream = record(({ path }) =>
    path.endsWith("/messages") ? emptyList() : sse(["thread.run.requires_action", waiting])
  );
  const turn = await ask(contextOf(upstream.openai));
  assert.deepEqual([turn.status, turn.required_action], ["requires_action", required_action]);
  const waited = await waitForRun.run(IDS, contextOf(upstream.openai)) as Record<string, unknown>;
  assert.deepEqual(waited.run, waiting);
  assert.equal(waited.next, turn.next);
  assert.match(turn.next, /get_weather \(call_1\), get_time \(call_2\)/);
  const [, sample = ""] = /submit_tool_outputs (\{.*\}) with/.exec(turn.next) ?? [];
  assert.deepEqual(JSON.parse(sample), {
    ...IDS,
    tool_outputs: [
      { tool_call_id: "call_1", output: "..." },
      { tool_call_id: "call_2", output: "..." },
    ],
  });
});

Deno.test("ask_assistant returns every status with its next step", async () => {
  const wait = /wait_for_run {"thread_id":"thread_1","run_id":"run_1"}/;
  const again = /create_run on thread thread_1/;
  const ways: Record<string, RegExp> = {
    queued: wait,
    in_progress: wait,
    cancelling: wait,
    requires_action: /cancel_run {"thread_id":"thread_1","run_id":"run_1"}/,
    completed: /ask_assistant {"thread_id":"thread_1"}/,
    incomplete: /incomplete_details .*create_run on thread thread_1/,
    failed: /last_error .*create_run on thread thread_1/,
    cancelled: again,
    expired: again,
  };
  for (const [status, way] of Object.entries(ways)) {
    await using upstream = record(() => sse(run(status, status)));
    const turn = await ask(contextOf(upstream.openai), { wait_s: 0 });
    assert.equal(turn.status, status);
    assert.match(turn.next, way);
  }
});

Deno.test("ask_assistant points to list_models if the run failed because of its model", async () => {
  const messages = {
    "The model `gpt-4` does not exist or you do not have access to it.": true,
    "The model 'gpt-4' has been deprecated": true,
    "The server had an error.": false,
  };
  for (const [message, pointed] of Object.entries(messages)) {
    const failed = { ...runObject("failed"), last_error: { code: "invalid_prompt", message } };
    await using upstream = record(() => sse(["thread.run.failed", failed]));
    const { next } = await ask(contextOf(upstream.openai));
    assert.equal(next.includes("list_models"), pointed, message);
  }
});

interface Turn {
  status: string;
  response: string | null;
  required_action: object | null;
  next: string;
}

async function ask(context: ToolContext, more: object = {}): Promise<Turn> {
  return await askAssistant.run({ ...ASK, ...more }, context) as Turn;
}

function push(list: string[]): (step: ProgressUpdate) => void {
  return (step) => void list.push(toldBy(step));
}

function requests(recorded: Recorded[]): string[] {
  return recorded.map(({ method, path }) => `${method} ${path}`);
}

function run(event: string, status: string) {
  return [`thread.run.${event}`, runObject(status)] as const;
}

function runObject(status: string) {
  return {
    id: "run_1",
    object: "thread.run",
    thread_id: "thread_1",
    assistant_id: "asst_1",
    status,
    required_action: null,
    last_error: null,
    incomplete_details: null,
    usage: null,
  };
}

function message(status: string, id: string, text: string) {
  return [`thread.message.${status}`, messageObject(status, id, text)] as const;
}

function messageObject(status: string, id: string, text: string, role = "assistant") {
  const content = text === "" ? [] : [{ type: "text", text: { value: text, annotations: [] } }];
  return { id, object: "thread.message", role, status, content };
}

function delta(id: string, value: string) {
  return ["thread.message.delta", {
    id,
    object: "thread.message.delta",
    delta: { content: [{ index: 0, type: "text", text: { value } }] },
  }] as const;
}

function emptyList(): Response {
  return Response.json({ object: "list", data: [], has_more: false });
}
