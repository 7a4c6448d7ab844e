/** An upstream that refuses, limits, breaks off or never answers, as the user of a tool learns of it. */

import assert from "node:assert/strict";
import {
  cut,
  errorEvent,
  failed,
  hang,
  neverAnswer,
  type Script,
  startResponsesServer,
  status,
  text,
} from "../fakes/responses_server.ts";
import { errorOf, objectOf } from "../kit/mcp_clients.ts";
import { upstreamSettings } from "../kit/every_client.ts";
import { StdioProcess, tempFolder } from "../kit/process.ts";

const options = { timeout: 20_000 };

const KEY = "sk-proj-0123456789abcdefghij";

interface Case {
  name: string;
  script(): Script;
  /** What the result says in words. */
  says: RegExp;
  /** The fields of the error of ask_openai; `retry_after_s` is null unless told. */
  error: { status: number; retryable: boolean; retry_after_s?: number };
  /** The code of the failed run of ask_assistant. */
  code: string;
}

const CASES: Case[] = [
  {
    name: "a wrong key",
    script: () => refusal(401, `Incorrect API key provided: ${KEY}.`, "invalid_api_key"),
    says: /key/i,
    error: { status: 401, retryable: false },
    code: "server_error",
  },
  {
    name: "a rate limit",
    script: () =>
      refusal(429, "Rate limit reached.", "rate_limit_exceeded", { "retry-after": "7" }),
    says: /^Rate limit reached\./,
    error: { status: 429, retryable: true, retry_after_s: 7 },
    code: "rate_limit_exceeded",
  },
  {
    name: "no credit left",
    script: () => refusal(429, "You exceeded your current quota.", "insufficient_quota"),
    says: /^You exceeded your current quota\./,
    error: { status: 429, retryable: false },
    code: "rate_limit_exceeded",
  },
  {
    name: "a parameter that the model does not take",
    script: () => refusal(400, "Unsupported value: 'temperature'.", "unsupported_value"),
    says: /^Unsupported value: 'temperature'\./,
    error: { status: 400, retryable: false },
    code: "invalid_prompt",
  },
  {
    name: "a server error",
    script: () => status(500),
    says: /^Scripted status 500\./,
    error: { status: 500, retryable: true },
    code: "server_error",
  },
  {
    name: "a stream that is cut",
    script: () => cut(text(["One, ", "two."]), 5),
    says: /^The connection to the model server broke in the middle of its answer\./,
    error: { status: 502, retryable: true },
    code: "server_error",
  },
  {
    name: "a stream that falls silent",
    script: () => hang(text(["One, ", "two."]), 5),
    says: /^The model server did not finish its answer within 0\.4 s \(OPENAI_TIMEOUT_S\)\./,
    error: { status: 504, retryable: true },
    code: "server_error",
  },
  {
    name: "a response that fails",
    script: () => failed({ code: "server_error", message: "Out of luck." }, ["One, "]),
    says: /^Out of luck\./,
    error: { status: 500, retryable: true },
    code: "server_error",
  },
  {
    name: "an error in the stream",
    script: () => errorEvent({ code: "rate_limit_exceeded", message: "Slow down." }, ["One, "]),
    says: /^Slow down\./,
    error: { status: 429, retryable: true },
    code: "rate_limit_exceeded",
  },
];

function refusal(
  code: number,
  message: string,
  errorCode: string,
  headers: Record<string, string> = {},
): Script {
  const error = { message, type: "invalid_request_error", param: null, code: errorCode };
  return status(code, { headers, body: { error } });
}

Deno.test("an upstream that fails is told of, and no key with it", options, async (t) => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const server = new StdioProcess({
    ...upstreamSettings(folder, upstream),
    OPENAI_API_KEY: KEY,
    OPENAI_TIMEOUT_S: "0.4",
    LOG_LEVEL: "debug",
  });
  await server.initialize();
  const written: unknown[] = [];
  let requests = 0;

  for (const { name, script, says, error, code } of CASES) {
    await t.step(`ask_openai: ${name}`, async () => {
      upstream.enqueue(script());
      const result = await server.callTool("ask_openai", { query: "Count." });
      written.push(result);
      const { requestId } = await upstream.received(++requests);
      const { text, fields } = errorOf(result);
      assert.match(text, says);
      const { status, retryable, retry_after_s, request_id } = fields;
      assert.deepEqual(
        { status, retryable, retry_after_s, request_id },
        { retry_after_s: null, ...error, request_id: requestId },
      );
      assert.ok(text.includes(`Request id: ${requestId}`), text);
      assert.match(text, error.retryable ? /try again/i : /Do not retry it unchanged/);
      if (retry_after_s === 7) assert.match(text, /Try again in 7 s\./);
    });

    await t.step(`ask_assistant: ${name}`, async () => {
      upstream.enqueue(script());
      const result = await server.callTool("ask_assistant", { message: "Count." });
      written.push(result);
      const { requestId } = await upstream.received(++requests);
      const { status, last_error, next } = objectOf(result);
      assert.equal(status, "failed");
      assert.match(last_error.message, says);
      assert.equal(last_error.code, code);
      assert.ok(last_error.message.includes(requestId), last_error.message);
      assert.match(next, /last_error says why/);
    });
  }

  await server.endInput();
  const { code, rest, stderr } = await server.ended();
  assert.equal(code, 0);
  assert.match(stderr, /\[DBG\]/);
  const everything = JSON.stringify([written, rest, stderr]);
  assert.ok(!everything.includes(KEY.slice(8)), "a key was written");
});

Deno.test("an upstream that cannot be reached is told of", options, async () => {
  await using folder = await tempFolder();
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
  const url = `http://127.0.0.1:${port}/v1`;
  await using server = new StdioProcess(upstreamSettings(folder, { url }));
  await server.initialize();
  const says = new RegExp(`^Cannot reach the model server at http://127.0.0.1:${port}: .*refused`);
  const { text, fields } = errorOf(await server.callTool("ask_openai", { query: "Hello" }));
  assert.match(text, says);
  assert.deepEqual(
    [fields.status, fields.code, fields.retryable],
    [502, "connection_error", true],
  );
  const { status, last_error } = objectOf(
    await server.callTool("ask_assistant", { message: "Hello" }),
  );
  assert.equal(status, "failed");
  assert.match(last_error.message, says);
});

Deno.test("whatever the upstream does, a call is answered within WAIT_S", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  await using server = new StdioProcess({ ...upstreamSettings(folder, upstream), WAIT_S: "1" });
  await server.initialize();
  for (const script of [neverAnswer, () => hang(text(["One, ", "two."]), 5)]) {
    upstream.enqueue(script(), script());
    const startedAt = performance.now();
    const [answer, turn] = await server.callTools([
      ["ask_openai", { query: "Count." }],
      ["ask_assistant", { message: "Count." }],
    ]);
    assert.ok(performance.now() - startedAt < 5000);
    assert.ok(answer && turn);
    const { job_id, ...rest } = objectOf(answer);
    assert.deepEqual(rest, { status: "in_progress", text: null, model: null, usage: null });
    const job = objectOf(await server.callTool("get_job", { job_id, wait_s: 0 }));
    assert.deepEqual([job.id, job.status], [job_id, "in_progress"]);
    const { status, thread_id, run_id, next } = objectOf(turn);
    assert.ok(["queued", "in_progress"].includes(status), status);
    assert.ok(next.includes(`wait_for_run {"thread_id":"${thread_id}","run_id":"${run_id}"}`));
  }
});

Deno.test("an upstream that fails for a moment is asked again", options, async () => {
  await using folder = await tempFolder();
  await using upstream = startResponsesServer();
  const env = { ...upstreamSettings(folder, upstream), OPENAI_MAX_RETRIES: "1" };
  await using server = new StdioProcess(env);
  await server.initialize();
  const moment = { headers: { "retry-after": "0" } };
  upstream.enqueue(status(429, moment), text("Here."), status(503, moment), text("There."));
  const answer = objectOf(await server.callTool("ask_openai", { query: "Where?" }));
  assert.equal(answer.text, "Here.");
  const turn = objectOf(await server.callTool("ask_assistant", { message: "Where?" }));
  assert.equal(turn.response, "There.");
});
