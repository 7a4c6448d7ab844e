/** The engine against OpenAI's published document: what it answers, what it streams, what it accepts. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import { createAssistantBody, modifyAssistantBody } from "../../src/engine/assistants.ts";
import { messageBody, metadataBody } from "../../src/engine/parts.ts";
import { createRunBody, createThreadAndRunBody, submitBody } from "../../src/engine/run_plan.ts";
import { createThreadBody, modifyThreadBody } from "../../src/engine/threads.ts";
import type { Check } from "../../src/engine/validate.ts";
import { frames, ManualClock, type Setup, setUp } from "../engine/setup.ts";
import {
  errorEvent,
  failed,
  functionCalls,
  gate,
  hang,
  incomplete,
  refusal,
  reply,
  status,
  text,
} from "../fakes/responses_server.ts";
import { type Contract, contractDir, loadContract } from "./document.ts";
import { samples } from "./samples.ts";

const ignore = contractDir === undefined;

const BODIES: Record<string, Check<unknown>> = {
  CreateAssistantRequest: createAssistantBody,
  ModifyAssistantRequest: modifyAssistantBody,
  CreateThreadRequest: createThreadBody,
  ModifyThreadRequest: modifyThreadBody,
  CreateMessageRequest: messageBody,
  ModifyMessageRequest: metadataBody,
  CreateRunRequest: createRunBody,
  CreateThreadAndRunRequest: createThreadAndRunBody,
  ModifyRunRequest: metadataBody,
  SubmitToolOutputsRunRequest: submitBody,
};

/** What is streamed under a name that begins so. */
const EVENTS: [prefix: string, schema: string][] = [
  ["thread.created", "ThreadObject"],
  ["thread.run.step.", "RunStepObject"],
  ["thread.run.", "RunObject"],
  ["thread.message.", "MessageObject"],
  ["error", "ErrorResponse"],
];

/** Every event that there is. */
const STREAMED = [
  "done",
  "error",
  "thread.created",
  ...["created", "in_progress", "delta", "completed", "incomplete"].map((name) =>
    `thread.message.${name}`
  ),
  ...["created", "in_progress", "delta", "completed", "failed", "cancelled", "expired"].map((
    name,
  ) => `thread.run.step.${name}`),
  ...[
    "created",
    "queued",
    "in_progress",
    "requires_action",
    "completed",
    "incomplete",
    "failed",
    "cancelling",
    "cancelled",
    "expired",
  ].map((name) => `thread.run.${name}`),
].toSorted();

/** Everything that an engine answers is checked on its way to the client. */
class Checker {
  readonly operations = new Set<string>();
  readonly events = new Set<string>();
  readonly #contract: Contract;
  readonly #streams: Promise<void>[] = [];

  constructor(contract: Contract) {
    this.#contract = contract;
  }

  /** The SDK on the engine, with every answer checked. */
  clientOf({ engine, caller }: Setup): OpenAI {
    return new OpenAI({
      apiKey: "x",
      baseURL: "http://engine",
      maxRetries: 0,
      fetch: async (url, init) => {
        const request = new Request(url, init);
        const { pathname } = new URL(request.url);
        const response = await engine.fetch(request, caller);
        await this.#check(request.method, pathname, response.clone());
        return response;
      },
    });
  }

  async streamsRead(): Promise<void> {
    await Promise.all(this.#streams);
  }

  async #check(method: string, path: string, response: Response): Promise<void> {
    const operation = this.#contract.operations.find((operation) =>
      operation.method === method && operation.path.test(path)
    );
    assert.ok(operation, `${method} ${path} is in the contract`);
    this.operations.add(operation.id);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      this.#streams.push(this.#checkEvents(response));
      return;
    }
    const schema = response.ok ? operation.response : "ErrorResponse";
    this.#valid(schema, await response.json(), operation.id);
  }

  async #checkEvents(response: Response): Promise<void> {
    for await (const { event, data } of frames(response)) {
      this.events.add(event);
      if (event === "done") assert.equal(data, "[DONE]");
      else if (event.endsWith(".delta")) {
        // The document has no schemas of deltas.
        assert.deepEqual(Object.keys(data), ["id", "object", "delta"]);
        assert.equal(data.object, event);
      } else {
        const [, schema = ""] = EVENTS.find(([prefix]) => event.startsWith(prefix)) ?? [];
        this.#valid(schema, data, event);
      }
    }
  }

  #valid(schema: string, value: unknown, where: string): void {
    assert.deepEqual(
      this.#contract.errors(schema, value),
      [],
      `${where} answers a valid ${schema}`,
    );
  }
}

Deno.test({
  name: "every answer and every event of the engine is valid by OpenAI's document",
  ignore,
  async fn(t) {
    const contract = loadContract(contractDir ?? "");
    const checker = new Checker(contract);
    await using setup = await setUp();
    const { upstream } = setup;
    const { beta } = checker.clientOf(setup);
    const { assistants, threads } = beta;
    const { messages, runs } = threads;
    const refused = (promise: Promise<unknown>) => assert.rejects(promise, OpenAI.APIError);

    await t.step("assistants", async () => {
      await assistants.list();
      const { id } = await assistants.create({
        model: "gpt-test",
        name: "Ada",
        instructions: "Count.",
        tools: [
          { type: "code_interpreter" },
          { type: "file_search", file_search: { max_num_results: 3 } },
          { type: "function", function: { name: "f", parameters: {}, strict: null } },
        ],
        tool_resources: { code_interpreter: {}, file_search: { vector_store_ids: ["vs_1"] } },
        response_format: { type: "json_schema", json_schema: { name: "a", schema: {} } },
        metadata: { a: "b" },
      });
      await assistants.retrieve(id);
      await assistants.update(id, { temperature: null, response_format: null });
      await assistants.list({ limit: 1 });
      await assistants.delete(id);
      await refused(assistants.retrieve(id));
    });

    const { id: assistant_id } = await assistants.create({ model: "gpt-test" });
    const { id: thread_id } = await threads.create({
      messages: [{ role: "user", content: "Hello?" }],
      tool_resources: { code_interpreter: { file_ids: ["file-1"] } },
    });

    await t.step("threads and messages", async () => {
      const { id } = await threads.create();
      await messages.list(id);
      await runs.list(id);
      await threads.update(id, { metadata: { a: "b" }, tool_resources: {} });
      await threads.retrieve(id);
      const message = await messages.create(id, {
        role: "user",
        content: [
          { type: "text", text: "Look:" },
          { type: "image_file", image_file: { file_id: "file-1" } },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        ],
        attachments: [{ file_id: "file-1", tools: [{ type: "code_interpreter" }] }],
      });
      await messages.update(message.id, { thread_id: id, metadata: { a: "b" } });
      await messages.retrieve(message.id, { thread_id: id });
      await messages.list(id, { limit: 1 });
      await messages.delete(message.id, { thread_id: id });
      await threads.delete(id);
      await refused(threads.retrieve(id));
    });

    await t.step("runs in every status", async () => {
      const error = { code: "server_error", message: "Broken." };
      upstream.enqueue(
        text("Done."),
        refusal("No."),
        incomplete("max_output_tokens", ["Half "]),
        incomplete("content_filter", ["Half "]),
        failed(error, ["Half "]),
        errorEvent({ code: "invalid_prompt", message: "Bad." }, ["Half "]),
        status(429),
      );
      for (let i = 0; i < 7; i++) {
        const run = await runs.createAndPoll(thread_id, {
          assistant_id,
          truncation_strategy: { type: "last_messages", last_messages: 5 },
          max_completion_tokens: 300,
          max_prompt_tokens: 3000,
          response_format: { type: "text" },
        });
        const { data: [step] } = await runs.steps.list(run.id, { thread_id });
        if (step) await runs.steps.retrieve(step.id, { thread_id, run_id: run.id });
        await runs.update(run.id, { thread_id, metadata: { a: "b" } });
        await refused(runs.cancel(run.id, { thread_id }));
        await refused(runs.submitToolOutputs(run.id, { thread_id, tool_outputs: [] }));
      }
      upstream.enqueue(hang(text(["Half ", "more."]), 5));
      const run = await runs.create(thread_id, { assistant_id });
      await refused(messages.create(thread_id, { role: "user", content: "More." }));
      await runs.cancel(run.id, { thread_id });
      await runs.poll(run.id, { thread_id });
      await runs.list(thread_id);
      await messages.list(thread_id);
      await refused(runs.create(thread_id, { assistant_id: "asst_x" }));
    });

    await t.step("runs that call functions", async () => {
      const tools = [{ type: "function" as const, function: { name: "f", parameters: {} } }];
      const body = { assistant_id, tools, tool_choice: "required" as const };
      const call = functionCalls([
        { name: "f", arguments: { a: 1 }, call_id: "a" },
        { name: "f", arguments: {}, call_id: "b" },
      ]);
      const tool_outputs = ["a", "b"].map((id) => ({ tool_call_id: id, output: "1" }));
      upstream.enqueue(
        call,
        call,
        text("Done."),
        call,
        reply([
          { type: "message", text: ["Let me see."] },
          { type: "function_call", name: "f", arguments: ["{", "}"], call_id: "a" },
          { type: "message", text: ["I am seeing."] },
        ]),
        call,
        text("Done."),
        call,
      );
      const { id } = await runs.createAndPoll(thread_id, body);
      await refused(runs.submitToolOutputs(id, { thread_id, tool_outputs: [] }));
      const look = async () => {
        const { data: [step] } = await runs.steps.list(id, { thread_id });
        await runs.steps.retrieve(step?.id ?? "", { thread_id, run_id: id });
      };
      await look();
      await runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs });
      await look();
      await runs.submitToolOutputsAndPoll(id, { thread_id, tool_outputs });
      await look();

      const cancelled = await runs.createAndPoll(thread_id, body);
      await runs.cancel(cancelled.id, { thread_id });
      await runs.steps.list(cancelled.id, { thread_id });

      const first = await runs.stream(thread_id, body).finalRun();
      const second = await runs.submitToolOutputsStream(first.id, {
        thread_id,
        tool_outputs: tool_outputs.slice(0, 1),
      }).finalRun();
      await runs.submitToolOutputsStream(second.id, { thread_id, tool_outputs }).finalRun();
      await runs.createAndPoll(thread_id, body).then((run) => runs.cancel(run.id, { thread_id }));
      await checker.streamsRead();
    });

    await t.step("streams of runs", async () => {
      upstream.enqueue(
        text(["One ", "two."]),
        incomplete("max_output_tokens", ["Half "]),
        failed({ code: "rate_limit_exceeded", message: "Wait." }, ["Half "]),
      );
      for (let i = 0; i < 3; i++) await runs.stream(thread_id, { assistant_id }).finalRun();
      const wait = gate();
      upstream.enqueue(text(["One ", wait, "two."]));
      const thread = { messages: [{ role: "user" as const, content: "Hi." }] };
      const stream = await threads.createAndRun({ assistant_id, thread, stream: true });
      for await (const { event, data } of stream) {
        if (event !== "thread.run.step.in_progress") continue;
        await runs.cancel(data.run_id, { thread_id: data.thread_id });
      }
      await threads.createAndRunPoll({ assistant_id, thread });
      await checker.streamsRead();
    });

    await t.step("runs that expire, and a server that shuts down", async () => {
      const clock = new ManualClock();
      await using late = await setUp({ clock });
      const { assistants, threads } = checker.clientOf(late).beta;
      const { id: assistant_id } = await assistants.create({ model: "gpt-test" });
      const half = hang(text(["Half ", "more."]), 5);
      const call = functionCalls([{ name: "f", arguments: {} }]);
      late.upstream.enqueue(half, call, half);
      const tools = [{ type: "function" as const, function: { name: "f" } }];
      const body = { assistant_id, tools, stream: true } as const;
      for (const last of ["thread.message.delta", "thread.run.requires_action"]) {
        for await (const { event, data } of await threads.createAndRun(body)) {
          if (event !== last) continue;
          clock.advance(601_000);
          if (!("status" in data)) continue;
          const { status } = await threads.runs.retrieve(data.id, { thread_id: data.thread_id });
          assert.equal(status, "expired");
          await threads.runs.steps.list(data.id, { thread_id: data.thread_id });
          await threads.messages.list(data.thread_id);
        }
      }
      const closing = await threads.createAndRun(body);
      await assert.rejects(async () => {
        for await (const { event } of closing) {
          if (event === "thread.message.delta") await late.engine.close();
        }
      }, /shutting down/);
      await refused(assistants.list());
      await checker.streamsRead();
    });

    assert.deepEqual(
      contract.operations.map(({ id }) => id).filter((id) => !checker.operations.has(id)),
      [],
      "every operation was called",
    );
    assert.deepEqual([...checker.events].toSorted(), STREAMED);
  },
});

Deno.test({
  name: "every request that OpenAI's document allows is accepted",
  ignore,
  fn() {
    const contract = loadContract(contractDir ?? "");
    const schemas = contract.operations.map(({ request }) => request ?? "").filter(Boolean);
    assert.deepEqual(schemas.filter((name) => BODIES[name] === undefined), []);
    for (const [name, check] of Object.entries(BODIES)) {
      const valid = samples(contract, contract.schema(name))
        .filter((sample) => contract.errors(name, sample).length === 0)
        .filter((sample) => !isHalf(sample));
      assert.ok(valid.length > 1, name);
      for (const sample of valid) {
        assert.doesNotThrow(() => check(sample, ""), `${name} ${JSON.stringify(sample)}`);
      }
    }
  },
});

Deno.test({
  name: "every field of a request is refused with a value of another type",
  ignore,
  fn() {
    const contract = loadContract(contractDir ?? "");
    for (const [name, check] of Object.entries(BODIES)) {
      const { properties = {}, required = [] } = contract.schema(name);
      const full = samples(contract, contract.schema(name))[1] as Record<string, unknown>;
      for (const field of Object.keys(properties)) {
        for (const wrong of [12.5, "wrong", true, [12], { wrong: [] }]) {
          const sample = { ...full, [field]: wrong };
          if (contract.errors(name, sample).length === 0) continue;
          assert.throws(() => check(sample, ""), { status: 400 }, `${name} ${field} ${wrong}`);
        }
      }
      for (const field of required) {
        const { [field]: _left, ...rest } = full;
        assert.throws(() => check(rest, ""), { code: "missing_required_parameter", param: field });
      }
      assert.throws(() => check({ ...full, extra: 1 }, ""), {
        code: "unknown_parameter",
        param: "extra",
      });
    }
  },
});

/** What the document's schemas allow and its prose does not: half of a choice, or of an attachment. */
function isHalf(sample: unknown): boolean {
  const json = JSON.stringify(sample);
  return json.includes('"type":"last_messages"') && !json.includes('"last_messages":1') ||
    /"tool_choice":\{"type":"function"\}/.test(json) ||
    /"attachments":\[\{(?!"file_id":"[^"]*","tools":)/.test(json);
}
