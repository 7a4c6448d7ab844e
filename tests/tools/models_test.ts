import assert from "node:assert/strict";
import OpenAI from "openai";
import type { ToolContext } from "../../src/tools/define_tool.ts";
import { askOpenai, listModels } from "../../src/tools/models.ts";
import {
  cut,
  errorEvent,
  failed,
  hang,
  incomplete,
  neverAnswer,
  refusal,
  type ResponsesServer,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";
import { contextOf } from "./recorder.ts";

const QUESTION = { query: "What is AI?" };

Deno.test("ask_openai answers with the text, and tells it as it comes", async () => {
  await using server = startResponsesServer();
  server.enqueue(text(["Machines ", "that think."], { usage: { input: 7, output: 3 } }));
  const told: string[] = [];
  const result = await askOpenai.run(QUESTION, to(server, { progress: (text) => told.push(text) }));
  const { usage, ...rest } = result as { usage: Record<string, unknown> };
  assert.deepEqual(rest, {
    status: "completed",
    text: "Machines that think.",
    model: "gpt-default",
  });
  assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.total_tokens], [7, 3, 10]);
  assert.deepEqual(told, ["Machines ", "that think."]);
});

Deno.test("ask_openai answers with a refusal in the model's words", async () => {
  await using server = startResponsesServer();
  server.enqueue(refusal("I cannot help with that."));
  const result = await askOpenai.run(QUESTION, to(server));
  assert.equal((result as { text: string }).text, "I cannot help with that.");
});

Deno.test("ask_openai says where the answer is incomplete", async () => {
  await using server = startResponsesServer();
  server.enqueue(incomplete("max_output_tokens", "Once upon"));
  const result = await askOpenai.run(QUESTION, to(server));
  const { status, text } = result as { status: string; text: string };
  assert.deepEqual([status, text], ["incomplete", "Once upon"]);
});

Deno.test("ask_openai throws the model's failure in its words, with the request id", async () => {
  await using server = startResponsesServer();
  const failures = [
    { code: "rate_limit_exceeded", status: 429 },
    { code: "server_error", status: 500 },
    { code: "invalid_prompt", status: 400 },
  ];
  for (const { code, status } of failures) {
    server.enqueue(failed({ code, message: "The model says no." }, ["Half"]));
    await assert.rejects(ask(server), {
      name: "ApiError",
      code,
      status,
      message: "The model says no.",
    });
    const requestId = server.requests.at(-1)?.requestId;
    server.enqueue(failed({ code, message: "The model says no." }));
    await assert.rejects(
      ask(server),
      (error: { requestId?: string }) =>
        error.requestId === server.requests.at(-1)?.requestId && error.requestId !== requestId,
    );
  }
});

Deno.test("ask_openai passes on what the upstream refuses, before and within the stream", async () => {
  await using server = startResponsesServer();
  server.enqueue(status(401, { body: { error: { message: "Incorrect API key provided." } } }));
  await assert.rejects(ask(server), { status: 401, message: /Incorrect API key/ });
  server.enqueue(errorEvent({ code: "server_error", message: "Something broke." }, ["Half"]));
  await assert.rejects(ask(server), { message: /Something broke/ });
});

Deno.test("ask_openai fails where the answer breaks off", async () => {
  await using server = startResponsesServer();
  server.enqueue(cut(text(["Half ", "an answer"]), 5));
  await assert.rejects(ask(server));
});

Deno.test("ask_openai says what to do when the time is over", async () => {
  await using server = startResponsesServer();
  for (const script of [neverAnswer(), hang(text(["Half ", "an answer"]), 5)]) {
    server.enqueue(script);
    await assert.rejects(ask(server, { waitS: 0.1 }), {
      name: "ApiError",
      status: 504,
      code: "timeout",
      message: /within 0.1 s.*ask_assistant/,
    });
  }
});

Deno.test("ask_openai stops the model when the call is cancelled", async () => {
  await using server = startResponsesServer();
  const script = hang(text(["Half ", "an answer"]), 5);
  server.enqueue(script);
  const caller = new AbortController();
  const call = ask(server, {
    signal: caller.signal,
    progress: () => caller.abort(new Error("The caller has gone.")),
  });
  await assert.rejects(call, /The caller has gone/);
  await script.gone;
});

Deno.test("ask_openai refuses to wait longer than the server does", async () => {
  await using server = startResponsesServer();
  await assert.rejects(
    Promise.resolve(askOpenai.run({ ...QUESTION, wait_s: 31 }, to(server))),
    { name: "ApiError", status: 400, param: "wait_s" },
  );
  assert.deepEqual(server.requests, []);
});

Deno.test("list_models answers with the upstream's list", async () => {
  await using server = startResponsesServer({ models: ["gpt-a", "gpt-b"] });
  const result = await listModels.run({}, to(server));
  const { object, data } = result as { object: string; data: { id: string }[] };
  assert.deepEqual([object, data.map(({ id }) => id)], ["list", ["gpt-a", "gpt-b"]]);
});

function ask(server: ResponsesServer, changes?: Partial<ToolContext>): Promise<object> {
  return askOpenai.run(QUESTION, to(server, changes));
}

function to(server: ResponsesServer, changes: Partial<ToolContext> = {}): ToolContext {
  return contextOf(new OpenAI({ apiKey: "test", baseURL: server.url, maxRetries: 0 }), changes);
}
