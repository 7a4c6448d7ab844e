import assert from "node:assert/strict";
import fc from "fast-check";
import OpenAI, { APIConnectionTimeoutError, APIUserAbortError } from "openai";
import { errorResponse } from "../../src/shared/error_response.ts";
import { ApiError, type ErrorHint } from "../../src/shared/errors.ts";
import { isRetryable, toApiError } from "../../src/upstream/errors.ts";
import { scrub } from "../../src/shared/scrub.ts";
import {
  errorEvent,
  type ResponsesServer,
  startResponsesServer,
  status,
} from "../fakes/responses_server.ts";

/** What the SDK throws when the next answer of the server is that. */
async function thrown(
  fake: ResponsesServer,
  params: { stream?: true } = {},
): Promise<ApiError> {
  const openai = new OpenAI({ apiKey: "sk-x", baseURL: fake.url, maxRetries: 0, logLevel: "off" });
  try {
    const answer = await openai.responses.create({ model: "m", input: "hi", ...params });
    for await (const _ of answer as AsyncIterable<unknown>);
  } catch (error) {
    return toApiError(error);
  }
  assert.fail("nothing was thrown");
}

function fields({ message, status, type, code, param, requestId, retryAfterS }: ApiError) {
  return { message, status, type, code, param, requestId, retryAfterS };
}

Deno.test("toApiError() takes an answer as the server gave it", async () => {
  await using fake = startResponsesServer();
  const error = {
    message: "Unknown parameter: 'file_ids'.",
    type: "invalid_request_error",
    param: "file_ids",
    code: "unknown_parameter",
  };
  fake.enqueue(status(400, { body: { error } }));
  assert.deepEqual(fields(await thrown(fake)), {
    ...error,
    status: 400,
    requestId: fake.requests[0]?.requestId,
    retryAfterS: undefined,
  });
});

Deno.test("toApiError() keeps Retry-After, as seconds or as a date", async () => {
  await using fake = startResponsesServer();
  const ask = async (headers: Record<string, string>) => {
    fake.enqueue(status(429, { headers }));
    return (await thrown(fake)).retryAfterS;
  };
  assert.equal(await ask({ "retry-after": "7" }), 7);
  assert.equal(await ask({ "retry-after": "7", "retry-after-ms": "1500" }), 1.5);
  assert.equal(await ask({ "retry-after": new Date(0).toUTCString() }), 0);
  const inAnHour = await ask({ "retry-after": new Date(Date.now() + 3_600_000).toUTCString() });
  assert.ok(inAnHour !== undefined && inAnHour > 3500 && inAnHour <= 3600);
  assert.equal(await ask({ "retry-after": "soon" }), undefined);
  assert.equal(await ask({}), undefined);
});

Deno.test("toApiError() finds the words of servers that are not OpenAI's", async () => {
  await using fake = startResponsesServer();
  const ask = async (code: number, body: unknown) => {
    fake.enqueue(status(code, { body }));
    return (await thrown(fake)).message;
  };
  assert.equal(await ask(404, { error: "model not found" }), "model not found");
  assert.equal(await ask(404, { detail: "Not Found" }), "Not Found");
  assert.equal(await ask(404, { object: "error", message: "No such model" }), "No such model");
  assert.equal(await ask(503, "upstream connect error"), "upstream connect error");
  const page = "<html><title>502 Bad Gateway</title></html>";
  assert.equal(await ask(502, page), "The server answered with status 502 and no reason.");
  assert.equal(await ask(500, ""), "The server answered with status 500 and no reason.");
});

Deno.test("toApiError() gives an error in a stream the status it would have had", async () => {
  await using fake = startResponsesServer();
  for (
    const [code, expected] of [
      ["rate_limit_exceeded", 429],
      ["invalid_prompt", 400],
      ["server_error", 500],
      [null, 500],
    ] as const
  ) {
    fake.enqueue(errorEvent({ code, message: "It broke." }, ["Hel"]));
    const error = await thrown(fake, { stream: true });
    assert.deepEqual([error.status, error.code, error.message], [expected, code, "It broke."]);
    const types: Record<number, string> = { 400: "invalid_request_error", 429: "rate_limit_error" };
    assert.equal(error.type, types[expected] ?? "server_error");
    assert.equal(error.requestId, fake.requests.at(-1)?.requestId);
  }
});

Deno.test("toApiError() tells a server that is away, one that is late, and a cancelled call", async () => {
  const fake = startResponsesServer();
  await fake.close();
  const away = await thrown(fake);
  assert.deepEqual([away.status, away.code], [502, "connection_error"]);
  assert.match(away.message, /refused/);
  const late = [new APIConnectionTimeoutError(), new DOMException("", "TimeoutError")];
  for (const error of late.map(toApiError)) {
    assert.deepEqual([error.status, error.code], [504, "timeout"]);
  }
  const cancelled = [new APIUserAbortError(), new DOMException("", "AbortError")];
  for (const error of cancelled.map(toApiError)) {
    assert.deepEqual([error.status, error.code, isRetryable(error)], [499, "cancelled", false]);
  }
});

Deno.test("toApiError() passes our own errors through, wrapped or not", () => {
  const own = new ApiError("No place.", { status: 504, code: "timeout", retryAfterS: 3 });
  assert.equal(toApiError(own), own);
  assert.equal(toApiError(new Error("Connection error.", { cause: own })), own);
  const circle = new Error("round");
  circle.cause = circle;
  assert.deepEqual([toApiError(circle).status, toApiError(circle).message], [500, "round"]);
  assert.equal(toApiError("just text").message, "just text");
});

Deno.test("toApiError() reads the hint from the words of an upstream", async () => {
  await using fake = startResponsesServer();
  const cases: [code: number, message: string, hint: ErrorHint | undefined][] = [
    [404, "The model `gpt-4` does not exist or you do not have access to it.", "unknown_model"],
    [400, "The model 'gpt-4' has been deprecated, learn more here.", "unknown_model"],
    [400, "Thread thread_1 already has an active run run_1.", "thread_has_active_run"],
    [400, "Can't add messages to thread_1 while a run run_1 is active.", "thread_has_active_run"],
    [500, "Thread thread_1 already has an active run run_1.", undefined],
    [400, "Expected tool outputs for call_ids ['a'], got []", "tool_outputs_mismatch"],
    [400, "Cannot cancel run with status 'cancelled'.", "run_status_mismatch"],
    [400, 'Runs in status "expired" do not accept tool outputs.', "run_status_mismatch"],
    [400, "Not allowed to download files of purpose: assistants", "content_not_downloadable"],
    [404, "No run found with id 'run_1'.", undefined],
  ];
  for (const [code, message, hint] of cases) {
    fake.enqueue(status(code, { body: { error: { message } } }));
    assert.equal((await thrown(fake)).hint, hint, message);
  }
});

Deno.test("toApiError() finds the hint of an error that passed through the SDK in this process", async () => {
  const own = new ApiError("Words that say nothing.", { status: 404, hint: "unknown_job" });
  const openai = new OpenAI({
    apiKey: "sk-x",
    maxRetries: 0,
    fetch: () => Promise.resolve(errorResponse(own)),
  });
  const error = await openai.models.list().then(() => assert.fail(), toApiError);
  assert.deepEqual([error.hint, error.message], ["unknown_job", own.message]);
  assert.deepEqual(Object.keys((await errorResponse(own).json()).error).sort(), [
    "code",
    "message",
    "param",
    "type",
  ]);
});

Deno.test("isRetryable() is true where the same call may work later", () => {
  const yes = [408, 409, 429, 500, 502, 503, 504];
  const no = [400, 401, 403, 404, 422, 499];
  for (const status of [...yes, ...no]) {
    assert.equal(isRetryable(new ApiError("", { status })), yes.includes(status), String(status));
  }
  assert.equal(isRetryable({ status: 429, code: "insufficient_quota" }), false);
});

Deno.test("scrub() leaves ordinary words alone", () => {
  const text = "The task-force took a risk-free desk-top; run 'sk' again. No Bearer: token.";
  assert.equal(scrub(text), text);
});

const keyTail = fc.stringMatching(/^[A-Za-z0-9_-]{8,80}$/);
const around = fc.string({ maxLength: 40 });

Deno.test("toApiError() never shows what looks like a key", () => {
  fc.assert(fc.property(keyTail, around, around, fc.nat(5), (tail, before, after, kind) => {
    const key = `sk-${tail}`;
    const message = `${before} ${key} ${after}`;
    const answer = Object.assign(new Error(`401 ${message}`), {
      status: 401,
      headers: new Headers(),
      error: { message },
    });
    const shapes = [
      answer,
      Object.assign(new Error(`401 ${message}`), { status: 401, headers: new Headers() }),
      new Error("Connection error.", { cause: new TypeError(message) }),
      new Error(message),
      message,
      new ApiError(message, { status: 400 }),
    ];
    const error = toApiError(shapes[kind]);
    assert.ok(!error.message.includes(tail), error.message);
  }));
});

Deno.test("scrub() takes out the request's own key, whatever it looks like", () => {
  fc.assert(fc.property(fc.string({ minLength: 8, maxLength: 60 }), around, around, (key, a, b) => {
    fc.pre(!"[key]Bearer [key]".includes(key));
    assert.ok(!scrub(`${a} ${key} ${b}`, key).includes(key));
  }));
});
