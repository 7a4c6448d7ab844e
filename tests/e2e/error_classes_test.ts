/** Every class of error, as a model and a program see it: where it comes from, and how to go on. */

import assert from "node:assert/strict";
import { type Refusal, start, type Started } from "../predecessors/_server.ts";
import { cut, neverAnswer, status, text } from "../fakes/responses_server.ts";

interface Case {
  name: string;
  env?: Record<string, string>;
  provoke(started: Started): Promise<Refusal>;
  /** What the model reads, a line each; the request id may follow. */
  says: RegExp[];
  fields: Record<string, unknown>;
}

const NOT_AGAIN = /^Do not retry it unchanged\.$/;
const AGAIN = /^It may work if you try again in a moment\.$/;
const ask = ({ refusal }: Started) => refusal("ask_openai", { query: "Hello" });

/** A refusal of the model server. */
function upstreamCase(code: number, fields: Case["fields"], says: RegExp[]): Case {
  return {
    name: `the model server answers ${code}`,
    provoke(started) {
      started.upstream.enqueue(
        status(code, { body: { error: { message: "As OpenAI says it.", ...ERROR } } }),
      );
      return ask(started);
    },
    says: [/^As OpenAI says it\.$/, ...says],
    fields: { status: code, ...fields },
  };
}

const ERROR = { type: "some_error", param: null, code: "some_code" };

const CASES: Case[] = [
  {
    name: "an argument of the wrong type",
    provoke: ({ refusal }) => refusal("list_assistants", { limit: "many" }),
    says: [/limit/, /limit/, NOT_AGAIN],
    fields: { type: "invalid_request_error", status: 400, param: "limit", retryable: false },
  },
  {
    name: "an argument that there is not",
    provoke: ({ refusal }) => refusal("get_thread", { thread: "thread_1" }),
    says: [/thread_id/],
    fields: { type: "invalid_request_error", status: 400, retryable: false },
  },
  {
    name: "an object that there is not",
    provoke: ({ refusal }) => refusal("get_thread", { thread_id: "thread_gone" }),
    says: [/^No thread found with id 'thread_gone'\.$/, /^Check the id/, NOT_AGAIN],
    fields: { type: "invalid_request_error", status: 404, retryable: false },
  },
  {
    name: "an id of another kind",
    provoke: ({ refusal }) => refusal("get_thread", { thread_id: "asst_1" }),
    says: [/^Invalid 'thread_id': 'asst_1'\. Expected an ID that begins with 'thread'\.$/],
    fields: { status: 400, param: "thread_id", code: "invalid_value", retryable: false },
  },
  {
    name: "a thread that a run holds",
    // A server of its own, as nobody knows whether the run has come as far as its script.
    env: {},
    async provoke({ call, refusal, upstream }) {
      upstream.enqueue(neverAnswer());
      const assistant = await call("create_assistant", {});
      const run = await call("create_thread_and_run", { assistant_id: assistant.id });
      const refused = await refusal("create_message", {
        thread_id: run.thread_id,
        role: "user",
        content: "And?",
      });
      await call("cancel_run", { thread_id: run.thread_id, run_id: run.id });
      return refused;
    },
    says: [
      /^Can't add messages to thread_\w+ while a run run_\w+ is active\.$/,
      /wait_for_run.*cancel_run/,
      NOT_AGAIN,
    ],
    fields: { status: 400, retryable: false },
  },
  {
    name: "no key where one is needed",
    env: { OPENAI_API_KEY: "", OPENAI_BASE_URL: "https://api.openai.com/v1" },
    provoke: ask,
    says: [
      /^There is no API key\. Set OPENAI_API_KEY/,
      /the person who runs the server/,
      NOT_AGAIN,
    ],
    fields: { status: 401, code: "missing_api_key", retryable: false },
  },
  upstreamCase(400, { ...ERROR, retryable: false }, [NOT_AGAIN]),
  upstreamCase(401, { ...ERROR, retryable: false }, [/the person who runs the server/, NOT_AGAIN]),
  upstreamCase(403, { ...ERROR, retryable: false }, [/^The key may not do this/, NOT_AGAIN]),
  upstreamCase(404, { ...ERROR, retryable: false }, [/^Check the id/, NOT_AGAIN]),
  upstreamCase(413, { ...ERROR, retryable: false }, [NOT_AGAIN]),
  upstreamCase(422, { ...ERROR, retryable: false }, [NOT_AGAIN]),
  upstreamCase(429, { ...ERROR, retryable: true }, [AGAIN]),
  upstreamCase(500, { ...ERROR, retryable: true }, [AGAIN]),
  upstreamCase(502, { ...ERROR, retryable: true }, [AGAIN]),
  upstreamCase(503, { ...ERROR, retryable: true }, [AGAIN]),
  upstreamCase(504, { ...ERROR, retryable: true }, [AGAIN]),
  {
    name: "a model server that answers too late",
    env: { OPENAI_TIMEOUT_S: "1" },
    provoke(started) {
      started.upstream.enqueue(neverAnswer());
      return ask(started);
    },
    says: [/OPENAI_TIMEOUT_S/, AGAIN],
    fields: { status: 504, retryable: true },
  },
  {
    name: "a model server that breaks off",
    provoke(started) {
      started.upstream.enqueue(cut(text("Half an answer"), 4));
      return ask(started);
    },
    says: [/./, AGAIN],
    fields: { status: 502, retryable: true },
  },
  {
    name: "a model server that is not there",
    env: { OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
    provoke: ask,
    says: [/127\.0\.0\.1:9/, AGAIN],
    fields: { status: 502, retryable: true },
  },
];

Deno.test("every class of error says what happened, how to go on, and whether to try again", async (t) => {
  await using shared = await start();
  for (const { name, env, provoke, says, fields } of CASES) {
    await t.step(name, async () => {
      await using own = env && await start(env);
      const refused = await provoke(own ?? shared);
      const lines = refused.text.split("\n");
      for (const [index, line] of says.entries()) {
        assert.match(lines[index] ?? "", line, refused.text);
      }
      const { request_id, ...rest } = refused.fields;
      assert.match(lines.at(-1) ?? "", new RegExp(`^Request id: ${request_id}$`));
      assert.deepEqual(Object.keys(rest).sort(), [
        "code",
        "param",
        "retry_after_s",
        "retryable",
        "status",
        "type",
      ]);
      for (const [field, value] of Object.entries(fields)) assert.equal(rest[field], value, field);
    });
  }
});
