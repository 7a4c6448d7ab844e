/** What clients do: every operation, runs that end in every way, and all that is streamed of them. */

import assert from "node:assert/strict";
import OpenAI from "openai";
import { ManualClock, type Setup, setUp } from "../kit/engine.ts";
import { CASES, HOSTED_TOOLS, OPERATIONS, playCase } from "../kit/stream_cases.ts";
import {
  errorEvent,
  failed,
  functionCalls,
  hang,
  incomplete,
  PNG,
  refusal,
  reply,
  status,
  text,
} from "../fakes/responses_server.ts";
import type { Checker } from "./checker.ts";

/** A scenario has the SDK on an engine of its own, an assistant, and a thread with a message. */
interface Stage {
  checker: Checker;
  setup: Setup;
  beta: OpenAI.Beta;
  assistant_id: string;
  thread_id: string;
}

const tools = [{ type: "function" as const, function: { name: "f", parameters: {} } }];

export async function playScenarios(checker: Checker): Promise<void> {
  for (const play of [objects, endings, calls, hosted, expiry]) {
    const clock = play === expiry ? new ManualClock() : undefined;
    await using setup = await setUp({ clock, toolsSaid: HOSTED_TOOLS });
    const { beta } = checker.clientOf(setup);
    const { id: assistant_id } = await beta.assistants.create({ model: "gpt-test" });
    const { id: thread_id } = await beta.threads.create({
      messages: [{ role: "user", content: "Hello?" }],
    });
    await play({ checker, setup, beta, assistant_id, thread_id }, clock ?? new ManualClock());
    await checker.streamsRead();
  }
  await playStreams(checker);
}

async function objects({ setup: { upstream }, beta }: Stage): Promise<void> {
  const { assistants, threads } = beta;
  const { messages, runs } = threads;
  const assistant = await assistants.create({ model: "gpt-test", metadata: { a: "b" } });
  await assistants.retrieve(assistant.id);
  await assistants.update(assistant.id, { temperature: null, response_format: null });
  await assistants.list({ limit: 1 });
  await assistants.delete(assistant.id);
  await assistants.list({ after: assistant.id });
  await refused(assistants.retrieve(assistant.id));

  const { id } = await threads.create();
  await messages.list(id);
  await runs.list(id);
  await threads.update(id, { metadata: { a: "b" }, tool_resources: {} });
  await threads.retrieve(id);
  const { object: { id: file_id } } = upstream.hosted.files.add("a.txt", "Text.");
  const message = await messages.create(id, {
    role: "user",
    content: [
      { type: "text", text: "Look:" },
      { type: "image_file", image_file: { file_id } },
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
    ],
    attachments: [{ file_id, tools: [{ type: "code_interpreter" }] }],
  });
  await messages.update(message.id, { thread_id: id, metadata: { a: "b" } });
  await messages.retrieve(message.id, { thread_id: id });
  await messages.list(id, { limit: 1 });
  await messages.delete(message.id, { thread_id: id });
  await threads.delete(id);
  await refused(threads.retrieve(id));
}

async function endings({ setup: { upstream }, beta, assistant_id, thread_id }: Stage) {
  const { messages, runs } = beta.threads;
  upstream.enqueue(
    text("Done."),
    refusal("No."),
    incomplete("max_output_tokens", ["Half "]),
    incomplete("content_filter", ["Half "]),
    failed({ code: "server_error", message: "Broken." }, ["Half "]),
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
  const thread = { messages: [{ role: "user" as const, content: "Hi." }] };
  await beta.threads.createAndRunPoll({ assistant_id, thread });
  upstream.enqueue(hang(text(["Half ", "more."]), 5));
  const run = await runs.create(thread_id, { assistant_id });
  const { data: [message] } = await messages.list(thread_id);
  await refused(messages.create(thread_id, { role: "user", content: "More." }));
  await refused(messages.delete(message?.id ?? "", { thread_id }));
  await refused(runs.create(thread_id, { assistant_id }));
  await runs.cancel(run.id, { thread_id });
  await runs.poll(run.id, { thread_id });
  await runs.list(thread_id);
  await messages.list(thread_id);
  await refused(runs.create(thread_id, { assistant_id: "asst_x" }));
}

async function calls({ setup: { upstream }, beta, assistant_id, thread_id }: Stage) {
  const { runs } = beta.threads;
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

  await runs.createAndPoll(thread_id, body).then((run) => runs.cancel(run.id, { thread_id }));
}

/** Tools that run at the upstream, and an upstream that has none. */
async function hosted({ checker, setup, beta, thread_id }: Stage): Promise<void> {
  const { upstream } = setup;
  const { runs, messages } = beta.threads;
  const { object: { id: file_id } } = upstream.hosted.files.add("rome.txt", "Rome is sunny.");
  const given = {
    model: "gpt-test",
    tools: [{ type: "file_search" as const }, { type: "code_interpreter" as const }],
    tool_resources: {
      code_interpreter: { file_ids: [file_id] },
      file_search: { vector_stores: [{ file_ids: [file_id] }] },
    },
  };
  const { id: assistant_id } = await beta.assistants.create(given);
  const answer = reply([
    { type: "file_search_call", queries: ["rome"] },
    {
      type: "code_interpreter_call",
      code: ["draw", "()"],
      outputs: [{ type: "logs", logs: "Drawn." }, { type: "image", file: "map.png" }],
      files: { "map.png": PNG, "rome.csv": "sun" },
    },
    {
      type: "message",
      text: [
        "It is sunny",
        { cite: { file_id, filename: "rome.txt" } },
        ": sandbox:/mnt/data/rome.csv",
        { produced: "rome.csv" },
      ],
    },
  ]);
  upstream.enqueue(answer, answer);
  const include = ["step_details.tool_calls[*].file_search.results[*].content" as const];
  for (
    const run of [
      await runs.stream(thread_id, { assistant_id }).finalRun(),
      await runs.createAndPoll(thread_id, { assistant_id }),
    ]
  ) {
    assert.equal(run.status, "completed");
    const { data: steps } = await runs.steps.list(run.id, { thread_id, include });
    assert.equal(steps.length, 3);
    for (const { id } of steps) {
      await runs.steps.retrieve(id, { thread_id, run_id: run.id, include });
    }
    await messages.list(thread_id, { run_id: run.id });
  }
  const attachments = [{ file_id: "file-none", tools: [{ type: "file_search" as const }] }];
  await refused(messages.create(thread_id, { role: "user", content: "Look.", attachments }));

  const plain = checker.clientOf({ ...setup, caller: { ...setup.caller, hostedTools: [] } }).beta;
  await refused(plain.assistants.create(given));
  await refused(plain.threads.create({ tool_resources: given.tool_resources }));
  await refused(plain.threads.runs.create(thread_id, { assistant_id }));
  await refused(plain.threads.createAndRun({ assistant_id }));
}

/** Every way in which a run can go, as each operation streams it. */
async function playStreams(checker: Checker): Promise<void> {
  for (const { begin } of Object.values(OPERATIONS)) {
    for (const play of Object.values(CASES)) {
      const clock = new ManualClock();
      await using setup = await setUp({ clock, toolsSaid: HOSTED_TOOLS });
      await playCase(checker.over(setup), clock, begin, play);
      await checker.streamsRead();
    }
  }
}

/** What can be read of runs that have expired, and of a server that has shut down. */
async function expiry({ setup, beta, assistant_id, thread_id }: Stage, clock: ManualClock) {
  const { messages, runs } = beta.threads;
  setup.upstream.enqueue(hang(text(["Half ", "more."]), 5));
  for await (
    const { event, data } of await runs.create(thread_id, { assistant_id, stream: true })
  ) {
    if (event === "thread.message.delta") clock.advance(601_000);
    if (event !== "thread.run.expired") continue;
    assert.equal((await runs.retrieve(data.id, { thread_id })).status, "expired");
    await runs.steps.list(data.id, { thread_id });
    await messages.list(thread_id);
  }
  await setup.engine.close();
  await refused(beta.assistants.list());
}

async function refused(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, OpenAI.APIError);
}
