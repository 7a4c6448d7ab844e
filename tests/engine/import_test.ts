/** Objects that were saved before the shutdown, and in which form they live on. */

import assert from "node:assert/strict";
import { readImportedObject } from "../../src/engine/import/mod.ts";
import { ApiError } from "../../src/shared/errors.ts";
import type { Kind } from "../../src/store/mod.ts";
import { contractDir, loadContract } from "../contract/document.ts";
import { samples } from "../contract/samples.ts";
import { aMessage, anAssistant, aRun, aStep, aThread } from "../store/_objects.ts";

const NOW = 1_800_000_000;

function read(value: unknown) {
  return readImportedObject(value, NOW);
}

function refuses(value: unknown, expected: RegExp): void {
  assert.throws(() => read(value), (error) => {
    assert(error instanceof ApiError);
    assert.match(error.message, expected);
    return true;
  });
}

Deno.test("readImportedObject() leaves the engine's own objects as they are, to the letter", () => {
  const run = aRun("run_1", "thread_1", { status: "completed" });
  const own = {
    assistant: anAssistant("asst_1"),
    thread: aThread("thread_1"),
    message: aMessage("msg_1", "thread_1"),
    run,
    step: aStep("step_1", run, { status: "completed" }),
  };
  for (const [kind, object] of Object.entries(own)) {
    const read = readImportedObject(JSON.parse(JSON.stringify(object)), NOW);
    assert.equal(JSON.stringify(read.object), JSON.stringify(object));
    assert.deepEqual([read.kind, read.skippedPaths], [kind, []]);
  }
});

Deno.test("readImportedObject() fills in what older answers did not have", () => {
  const { object } = read({
    id: "asst_1",
    object: "assistant",
    created_at: 5,
    model: "gpt-4",
    tools: [],
  });
  assert.deepEqual(object, {
    ...anAssistant("asst_1", { created_at: 5, model: "gpt-4" }),
  });
  const run = {
    id: "run_1",
    object: "thread.run",
    created_at: 5,
    thread_id: "thread_1",
    assistant_id: "asst_1",
    status: "completed",
    model: "gpt-4",
    instructions: null,
    tools: [],
  };
  const full = aRun("run_1", "thread_1", { created_at: 5, status: "completed", expires_at: null });
  assert.deepEqual(read(run).object, { ...full, model: "gpt-4" });
});

Deno.test("readImportedObject() leaves out what it does not know, and says so", () => {
  const run = aRun("run_1", "thread_1", { status: "completed" });
  const given = {
    ...run,
    usage: {
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      prompt_token_details: { cached_tokens: 0 },
    },
    response_service: "x",
  };
  const { object, skippedPaths } = read(given);
  assert.deepEqual(skippedPaths, ["usage.prompt_token_details", "response_service"]);
  assert.deepEqual(object, {
    ...run,
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
  const message = aMessage("msg_1", "thread_1");
  const citation = {
    type: "file_citation",
    text: "[0]",
    start_index: 0,
    end_index: 3,
    file_citation: { file_id: "file-1", quote: "as it said" },
  };
  const content = [{ type: "text", text: { value: "[0]", annotations: [citation] } }];
  assert.deepEqual(
    read({ ...message, content }).skippedPaths,
    ["content[].text.annotations[].file_citation.quote"],
  );
});

Deno.test("readImportedObject() brings objects of the first version up to date", () => {
  const assistant = anAssistant("asst_1");
  const { tool_resources: _, ...first } = assistant;
  assert.deepEqual(read({ ...first, tools: [{ type: "retrieval" }], file_ids: [] }), {
    kind: "assistant",
    object: { ...assistant, tools: [{ type: "file_search" }] },
    skippedPaths: [],
  });
  const tools = [{ type: "code_interpreter" }];
  assert.deepEqual(read({ ...first, tools, file_ids: ["file-1"] }).object, {
    ...assistant,
    tools,
    tool_resources: { code_interpreter: { file_ids: ["file-1"] } },
  });
  refuses(
    { ...first, tools: [{ type: "retrieval" }], file_ids: ["file-1"] },
    /searched by retrieval, but file_search needs a vector store/,
  );

  const message = aMessage("msg_1", "thread_1");
  const { attachments: __, status: ___, ...old } = message;
  const both = [{ type: "code_interpreter" }, { type: "file_search" }];
  assert.deepEqual(read({ ...old, file_ids: ["file-1"] }).object, {
    ...message,
    attachments: [{ file_id: "file-1", tools: both }],
  });
  assert.deepEqual(read({ ...old, file_ids: [] }).object, { ...message, attachments: [] });

  const step = aStep("step_1", aRun("run_1", "thread_1"), { status: "completed" });
  const calls = (...tool_calls: object[]) => ({
    ...step,
    type: "tool_calls",
    step_details: { type: "tool_calls", tool_calls },
  });
  assert.deepEqual(
    read(calls({ id: "call_1", type: "retrieval", retrieval: {} })).object,
    calls({ id: "call_1", type: "file_search", file_search: {} }),
  );
});

Deno.test("readImportedObject() refuses what breaks the engine's limits", () => {
  const assistant = anAssistant("asst_1");
  const message = aMessage("msg_1", "thread_1");
  const step = aStep("step_1", aRun("run_1", "thread_1"), { status: "completed" });
  const cases: [unknown, RegExp][] = [
    ["text", /expected an object, but got a string/],
    [null, /expected an object, but got null/],
    [{}, /^'object' is absent\. It must be one of 'assistant', 'thread'/],
    [{ object: "thread.message.deleted" }, /^'object' is "thread\.message\.deleted"/],
    [{ ...assistant, id: "thread_1" }, /^Invalid 'id'/],
    [{ ...assistant, name: "x".repeat(257) }, /^Invalid 'name': string too long/],
    [{ ...assistant, instructions: "x".repeat(256_001) }, /^Invalid 'instructions'/],
    [{ ...assistant, temperature: 2.1 }, /^Invalid 'temperature'/],
    [{ ...assistant, tools: [{ type: "browser" }] }, /'browser'/],
    [{ ...assistant, model: undefined, created_at: "yesterday" }, /created_at/],
    [{ ...message, created_at: 1.5 }, /created_at/],
    [{ ...message, created_at: -1 }, /created_at/],
    [{ ...message, thread_id: undefined }, /thread_id/],
    [{ ...message, content: "text" }, /'content': expected an array/],
    [{ ...message, content: [{ type: "text", text: "x" }] }, /'content\[0\]\.text'/],
    [{ ...message, run_id: "x" }, /'run_id'/],
    [{ ...step, type: "tool_calls" }, /^Invalid 'type': 'tool_calls'/],
    [{ ...step, status: "queued" }, /'queued'/],
  ];
  for (const [value, expected] of cases) refuses(value, expected);
});

Deno.test("readImportedObject() keeps no more of an object than its own fields", () => {
  const thread = JSON.parse('{"__proto__":{"polluted":1},"constructor":1,"toString":2}');
  const { object } = read({ ...aThread("thread_1"), ...thread });
  assert.deepEqual(object, aThread("thread_1"));
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
});

/** What fields of these names hold in a real answer. */
const IDS: Record<string, string> = {
  thread_id: "thread_abc123",
  run_id: "run_abc123",
  message_id: "msg_abc123",
  assistant_id: "asst_abc123",
};

const SCHEMAS: [schema: string, kind: Kind, id: string][] = [
  ["AssistantObject", "assistant", "asst_1"],
  ["ThreadObject", "thread", "thread_1"],
  ["MessageObject", "message", "msg_1"],
  ["RunObject", "run", "run_1"],
  ["RunStepObject", "step", "step_1"],
];

Deno.test({
  name:
    "readImportedObject() takes all that OpenAI's document lets the API answer, and keeps it so",
  ignore: contractDir === undefined,
  fn() {
    const contract = loadContract(contractDir ?? "");
    for (const [schema, kind, id] of SCHEMAS) {
      let taken = 0;
      for (const sample of samples(contract, contract.schema(schema))) {
        const value = { ...withIds(sample), id };
        if (contract.errors(schema, value).length > 0 || isHalf(value)) continue;
        taken++;
        const read = readImportedObject(value, NOW);
        assert.equal(read.kind, kind);
        assert.deepEqual(contract.errors(schema, read.object), [], JSON.stringify(value));
        assert.deepEqual(read.skippedPaths, [], JSON.stringify(value));
      }
      assert.ok(taken > 5, `${schema}: ${taken}`);
    }
  },
});

function withIds(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value), (name, item) => item && IDS[name] || item);
}

/** What the document's prose rules out: halves that stand without their other halves. */
// deno-lint-ignore no-explicit-any -- samples have every shape
function isHalf({ type, step_details, truncation_strategy, tool_choice }: any): boolean {
  return step_details !== undefined && step_details.type !== type ||
    truncation_strategy?.type === "last_messages" && !truncation_strategy.last_messages ||
    tool_choice?.type === "function" && !tool_choice.function;
}
