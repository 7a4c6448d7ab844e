/** What users of the first Python server did, under the names that they typed. */

import assert from "node:assert/strict";
import { functionCalls, gate, status, text } from "../fakes/responses_server.ts";
import { follow, type Json, start, type Started } from "./_server.ts";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

// Row P1.1 of the predecessors.
Deno.test("the tools of the first Python version work under its names", async () => {
  await using started = await start();
  const { call, upstream } = started;
  const assistant = await call("create_assistant", {
    name: "Math Tutor",
    description: "Helps with homework",
    instructions: "You are a personal math tutor.",
    model: "gpt-4",
    tools: [WEATHER],
    metadata: { team: "docs" },
  });
  const assistant_id = assistant["id"];
  assert.deepEqual((await call("list_assistants", { limit: 10, order: "desc" }))["data"], [
    assistant,
  ]);
  assert.deepEqual(await call("retrieve_assistant", { assistant_id }), assistant);
  const changes = { assistant_id, name: "Physics Tutor", tools: [] };
  assert.equal((await call("modify_assistant", changes))["name"], "Physics Tutor");

  const thread = await call("create_thread");
  const thread_id = thread["id"];
  assert.deepEqual(await call("retrieve_thread", { thread_id }), thread);
  const topic = { topic: "algebra" };
  assert.deepEqual(
    (await call("modify_thread", { thread_id, metadata: topic }))["metadata"],
    topic,
  );

  const message = await call("create_message", { thread_id, role: "user", content: "2 + 2?" });
  const message_id = message["id"];
  assert.deepEqual((await call("list_messages", { thread_id }))["data"], [message]);
  assert.deepEqual(await call("retrieve_message", { thread_id, message_id }), message);
  const seen = { thread_id, message_id, metadata: { seen: "yes" } };
  assert.deepEqual((await call("modify_message", seen))["metadata"], { seen: "yes" });

  const run = await call("create_run", { thread_id, assistant_id });
  const run_id = run["id"];
  const ended = await untilEnded(started, { thread_id, run_id });
  assert.equal(ended["status"], "completed");
  assert.deepEqual((await call("list_runs", { thread_id }))["data"], [ended]);
  const marked = { thread_id, run_id, metadata: { mark: "1" } };
  assert.deepEqual((await call("modify_run", marked))["metadata"], { mark: "1" });
  const [step] = (await call("list_run_steps", { thread_id, run_id }))["data"];
  assert.deepEqual(
    await call("retrieve_run_step", { thread_id, run_id, step_id: step["id"] }),
    step,
  );

  const wait = gate();
  upstream.enqueue(text(["Half ", wait, "an answer."]));
  const second = await call("create_run", { thread_id, assistant_id });
  await wait.reached;
  const cancelled = await call("cancel_run", { thread_id, run_id: second["id"] });
  assert.equal(cancelled["status"], "cancelling");
  const after = await untilEnded(started, { thread_id, run_id: second["id"] });
  assert.equal(after["status"], "cancelled");

  assert.equal((await call("delete_thread", { thread_id }))["deleted"], true);
  assert.equal((await call("delete_assistant", { assistant_id }))["deleted"], true);
});

// Row P1.2 of the predecessors.
Deno.test("the example of the first Python version works unchanged", async () => {
  await using started = await start();
  const { call, upstream } = started;
  const wait = gate();
  upstream.enqueue(text([wait, "The solution is x = 1."]));

  const assistant = await call("create_assistant", {
    name: "Math Tutor",
    instructions: "You are a personal math tutor. Answer questions about mathematics.",
    model: "gpt-4",
  });
  const thread = await call("create_thread");
  const message = await call("create_message", {
    thread_id: thread["id"],
    role: "user",
    content: "I need to solve the equation `3x + 11 = 14`. Can you help me?",
  });
  assert.equal(message["thread_id"], thread["id"]);
  const run = await call("create_run", {
    thread_id: thread["id"],
    assistant_id: assistant["id"],
  });
  await wait.reached;
  const ids = { thread_id: thread["id"], run_id: run["id"] };
  assert.match((await call("retrieve_run", ids))["status"], /^(queued|in_progress)$/);
  wait.open();
  assert.equal((await untilEnded(started, ids))["status"], "completed");
  const messages = await call("list_messages", {
    thread_id: thread["id"],
    order: "desc",
    limit: 1,
  });
  assert.equal(messages["data"].length, 1);
  assert.equal(messages["data"][0]["role"], "assistant");
  assert.equal(messages["data"][0]["content"][0]["text"]["value"], "The solution is x = 1.");
});

// Row P1.4 of the predecessors.
Deno.test("a run emits its text, and its function call is answered", async () => {
  await using started = await start();
  const { call, upstream } = started;
  const { id: assistant_id } = await call("create_assistant", { model: "gpt-4", tools: [WEATHER] });
  const { id: thread_id } = await call("create_thread", {
    messages: [{ role: "user", content: "How is the weather in Oslo?" }],
  });

  upstream.enqueue(
    functionCalls([{ name: "get_weather", arguments: { city: "Oslo" }, call_id: "call_oslo" }]),
  );
  const asked = await follow(started, "create_run", { thread_id, assistant_id, stream: true });
  assert.equal(asked.object["status"], "requires_action");
  const [toolCall] = asked.object["required_action"]["submit_tool_outputs"]["tool_calls"];
  assert.deepEqual(toolCall, {
    id: "call_oslo",
    type: "function",
    function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
  });

  const middle = gate();
  upstream.enqueue(text(["It is ", middle, "snowing."]));
  const { told, object: run } = await follow(started, "submit_tool_outputs", {
    thread_id,
    run_id: asked.object["id"],
    tool_outputs: [{ tool_call_id: "call_oslo", output: "snow, -4 C" }],
    stream: true,
  }, (told) => {
    // The answer goes on only when its first part has been told.
    if (told.endsWith("It is ")) middle.open();
  });
  assert.match(told, /It is snowing\.$/);
  assert.equal(run["status"], "completed");
  const sent = upstream.requests.at(-1)?.body?.input;
  assert.ok(JSON.stringify(sent).includes('"output":"snow, -4 C"'));
  const { data: [answer] } = await call("list_messages", { thread_id, limit: 1 });
  assert.equal(answer["content"][0]["text"]["value"], "It is snowing.");
});

// Row P1.5 of the predecessors.
Deno.test("400, 401, 404, 429 and 500 reach the model in OpenAI's words", async () => {
  await using started = await start();
  const { call, refusal, upstream } = started;
  const cases = [
    {
      status: 400,
      message: "Unsupported parameter: 'temperature' is not supported with this model.",
      code: "unsupported_parameter",
      param: "temperature",
      goOn: /^Correct 'temperature' and call again\.$/m,
      retryable: false,
    },
    {
      status: 401,
      message: "Incorrect API key provided. You can find your API key in your account settings.",
      code: "invalid_api_key",
      goOn: /the person who runs the server has to set it/,
      retryable: false,
    },
    {
      status: 404,
      message: "The model 'gpt-4-turbo-preview' does not exist or you do not have access to it.",
      code: "model_not_found",
      goOn: /^list_models shows the models that exist\.$/m,
      retryable: false,
    },
    {
      status: 429,
      message: "Rate limit reached for gpt-4 in organization org-1 on requests per min.",
      code: "rate_limit_exceeded",
      headers: { "retry-after": "7" },
      goOn: /^Try again in 7 s\.$/m,
      retryable: true,
    },
    {
      status: 500,
      message: "The server had an error while processing your request. Sorry about that!",
      code: null,
      goOn: /^It may work if you try again in a moment\.$/m,
      retryable: true,
    },
  ];
  const { id: assistant_id } = await call("create_assistant", { model: "gpt-4" });
  for (const { status: code, headers, goOn, retryable, ...error } of cases) {
    const type = code < 500 ? "invalid_request_error" : "server_error";
    const refused = () =>
      status(code, { headers, body: { error: { param: null, type, ...error } } });

    upstream.enqueue(refused());
    const { text, fields } = await refusal("ask_openai", { query: "Hello", model: "gpt-4" });
    assert.ok(text.startsWith(error.message), text);
    assert.match(text, goOn);
    assert.match(text, /^Request id: req_/m);
    assert.deepEqual([fields.status, fields.retryable], [code, retryable]);

    // In a run they are those of its last_error.
    upstream.enqueue(refused());
    const run = await call("create_thread_and_run", { assistant_id });
    const ids = { thread_id: run["thread_id"], run_id: run["id"] };
    const waited = await call("wait_for_run", ids);
    assert.equal(waited["run"]["status"], "failed");
    const { last_error } = waited["run"];
    assert.ok(last_error["message"].includes(error.message), last_error["message"]);
    assert.match(waited["next"], /create_run/);
  }

  const unknown = await refusal("retrieve_assistant", { assistant_id: "asst_unknown" });
  assert.ok(unknown.text.startsWith("No assistant found with id 'asst_unknown'."));
  assert.match(unknown.text, /the list tools show what exists/);
  const wrong = await refusal("list_messages", { thread_id: "undefined" });
  assert.ok(
    wrong.text.startsWith(
      "Invalid 'thread_id': 'undefined'. Expected an ID that begins with 'thread'.",
    ),
  );
  assert.equal(wrong.fields.status, 400);
});

/** Looks at a run until it has ended, as these users did; the server answers it in its own time. */
async function untilEnded({ call }: Started, ids: Record<string, unknown>): Promise<Json> {
  for (;;) {
    const run = await call("retrieve_run", ids);
    if (!["queued", "in_progress", "cancelling"].includes(run["status"])) return run;
  }
}
