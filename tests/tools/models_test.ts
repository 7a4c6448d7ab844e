import assert from "node:assert/strict";
import OpenAI from "openai";
import { type Job, Jobs, type TenantJobs } from "../../src/jobs/mod.ts";
import { toApiError } from "../../src/gateway/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import type { ToolContext } from "../../src/tools/define_tool.ts";
import { getJob } from "../../src/tools/catalog/jobs.ts";
import { askOpenai, listModels } from "../../src/tools/catalog/models.ts";
import {
  cut,
  errorEvent,
  failed,
  gate,
  hang,
  held,
  incomplete,
  refusal,
  type ResponsesServer,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";
import { contextOf, toldBy } from "../kit/recorder.ts";

const QUESTION = { query: "What is AI?" };

Deno.test("ask_openai returns the text, and reports it as progress", async () => {
  await using server = startResponsesServer();
  server.enqueue(text(["Machines ", "that think."], { usage: { input: 7, output: 3 } }));
  const told: string[] = [];
  const result = await askOpenai.run(
    QUESTION,
    to(server, { progress: (step) => told.push(toldBy(step)) }),
  );
  const { usage, ...rest } = result as { usage: Record<string, unknown> };
  assert.deepEqual(rest, {
    status: "completed",
    text: "Machines that think.",
    model: "gpt-default",
    job_id: null,
  });
  assert.deepEqual([usage.input_tokens, usage.output_tokens, usage.total_tokens], [7, 3, 10]);
  assert.deepEqual(told, ["Machines ", "that think."]);
});

Deno.test("ask_openai returns a refusal in the model's words", async () => {
  await using server = startResponsesServer();
  server.enqueue(refusal("I cannot help with that."));
  const result = await askOpenai.run(QUESTION, to(server));
  assert.equal((result as { text: string }).text, "I cannot help with that.");
});

Deno.test("ask_openai reports that an answer is incomplete", async () => {
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

Deno.test("ask_openai throws the upstream's errors, before and within the stream", async () => {
  await using server = startResponsesServer();
  server.enqueue(status(401, { body: { error: { message: "Incorrect API key provided." } } }));
  await assert.rejects(ask(server), { status: 401, message: /Incorrect API key/ });
  server.enqueue(errorEvent({ code: "server_error", message: "Something broke." }, ["Half"]));
  await assert.rejects(ask(server), { message: /Something broke/ });
});

Deno.test("ask_openai fails if the answer breaks off", async () => {
  await using server = startResponsesServer();
  server.enqueue(cut(text(["Half ", "an answer"]), 5));
  await assert.rejects(ask(server));
});

Deno.test("ask_openai continues as a job when the time is up, and get_job returns the answer", async () => {
  await using server = startResponsesServer();
  await using own = openJobs();
  const { jobs } = own;
  for (const wait_s of [0, 0.05, undefined]) {
    const middle = gate();
    server.enqueue(text(["Half ", middle, "and half."]));
    const told: string[] = [];
    const context = to(server, { jobs, waitS: 0.1, progress: (step) => told.push(toldBy(step)) });
    const { job_id, ...rest } = await askOpenai.run({ ...QUESTION, wait_s }, context) as Answer;
    assert.deepEqual(rest, { status: "in_progress", text: null, model: null, usage: null });
    await middle.reached;

    const early = await getJob.run({ job_id, wait_s: 0 }, context) as Job;
    assert.deepEqual([early.id, early.tool, early.status], [job_id, "ask_openai", "in_progress"]);
    assert.deepEqual([early.result, early.error], [null, null]);
    const waiting = getJob.run({ job_id, wait_s: 30 }, to(server, { jobs }));
    middle.open();
    const { status, result, error } = await waiting as Job;
    assert.deepEqual([status, error], ["completed", null]);
    const { usage: _, ...answer } = result as Answer;
    assert.deepEqual(answer, {
      status: "completed",
      text: "Half and half.",
      model: "gpt-default",
      job_id: null,
    });
  }
});

Deno.test("a job of ask_openai continues if its call is cancelled, and stores an error", async () => {
  await using server = startResponsesServer();
  await using own = openJobs();
  const { jobs } = own;
  const middle = gate();
  const caller = new AbortController();
  server.enqueue(held(middle, status(429, { headers: { "x-should-retry": "false" } })));
  const context = to(server, { jobs, signal: caller.signal });
  const { job_id } = await askOpenai.run({ ...QUESTION, wait_s: 0 }, context) as Answer;
  await middle.reached;
  caller.abort(new Error("The caller has gone."));
  const waiting = getJob.run({ job_id }, to(server, { jobs }));
  middle.open();
  const { status: ended, result, error } = await waiting as Job;
  assert.deepEqual([ended, result], ["failed", null]);
  const { message, status: httpStatus, request_id } = error as Record<string, unknown>;
  assert.deepEqual([message, httpStatus], ["Scripted status 429.", 429]);
  assert.equal(request_id, server.requests[0]?.requestId);
});

Deno.test("get_job does not find jobs of another tenant", async () => {
  await using server = startResponsesServer();
  await using own = openJobs();
  const { job_id } = await askOpenai.run(
    { ...QUESTION, wait_s: 0 },
    to(server, { jobs: own.jobs }),
  ) as Answer;
  const theirs = to(server, { jobs: own.of("them") });
  await assert.rejects(async () => await getJob.run({ job_id }, theirs), {
    name: "ApiError",
    status: 404,
    message: `No job found with id '${job_id}'.`,
  });
  await getJob.run({ job_id }, to(server, { jobs: own.jobs }));
});

Deno.test("ask_openai aborts its request when the call is cancelled", async () => {
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

Deno.test("ask_openai and get_job reject a wait above the server's maximum", async () => {
  await using server = startResponsesServer();
  const refusal = { name: "ApiError", status: 400, param: "wait_s" };
  const calls = [
    () => askOpenai.run({ ...QUESTION, wait_s: 31 }, to(server)),
    () => getJob.run({ job_id: "job_1", wait_s: 31 }, to(server)),
  ];
  for (const call of calls) await assert.rejects(async () => await call(), refusal);
  assert.deepEqual(server.requests, []);
});

Deno.test("list_models returns the upstream's list", async () => {
  await using server = startResponsesServer({ models: ["gpt-a", "gpt-b"] });
  const result = await listModels.run({}, to(server));
  const { object, data } = result as { object: string; data: { id: string }[] };
  assert.deepEqual([object, data.map(({ id }) => id)], ["list", ["gpt-a", "gpt-b"]]);
});

interface Answer {
  status: string;
  text: string | null;
  model: string | null;
  usage: object | null;
  job_id: string | null;
}

interface OwnJobs extends AsyncDisposable {
  jobs: TenantJobs;
  of(tenant: string): TenantJobs;
}

/** Jobs that end with the test. */
function openJobs(): OwnJobs {
  const store = openStore("sqlite::memory:");
  const jobs = new Jobs({ store, explain: toApiError });
  return {
    jobs: jobs.of("us"),
    of: (tenant) => jobs.of(tenant),
    async [Symbol.asyncDispose]() {
      await jobs.close();
      await store.close();
    },
  };
}

function ask(server: ResponsesServer, changes?: Partial<ToolContext>): Promise<object> {
  return askOpenai.run(QUESTION, to(server, changes));
}

function to(server: ResponsesServer, changes: Partial<ToolContext> = {}): ToolContext {
  return contextOf(new OpenAI({ apiKey: "test", baseURL: server.url, maxRetries: 0 }), changes);
}
