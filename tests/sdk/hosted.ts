/** Tools that run at the model server: what they do is streamed and kept, what they produce is there. */

import assert from "node:assert/strict";
import { PNG, reply } from "../fakes/responses_server.ts";
import { listen, type Scenario } from "./world.ts";

export const hosted: Record<string, Scenario> = {
  "files are searched and made by code, and all of it is told": async ({ client, upstream }) => {
    const { assistants, threads } = client.beta;
    const { id: file_id } = await client.files.create({
      file: new File(["Rome is sunny."], "rome.txt"),
      purpose: "assistants",
    });
    const { id: assistant_id, tool_resources } = await assistants.create({
      model: "gpt-test",
      tools: [{ type: "file_search" }, { type: "code_interpreter" }],
      tool_resources: { file_search: { vector_stores: [{ file_ids: [file_id] }] } },
    });
    const [store] = tool_resources?.file_search?.vector_store_ids ?? [];
    assert.equal((await client.vectorStores.retrieve(store ?? "")).object, "vector_store");
    upstream.enqueue(reply([
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
          "Sunny",
          { cite: { file_id, filename: "rome.txt" } },
          ": sandbox:/mnt/data/rome.csv",
          { produced: "rome.csv" },
        ],
      },
    ]));

    const { id: thread_id } = await threads.create({
      messages: [{ role: "user", content: "Rome?" }],
    });
    const stream = threads.runs.stream(thread_id, { assistant_id });
    const told = listen(stream);
    const run = await stream.finalRun();
    const [message] = await stream.finalMessages();
    const [image, text] = message?.content ?? [];
    assert.ok(image?.type === "image_file" && text?.type === "text");
    assert.equal(text.text.value, "Sunny【0:0†rome.txt】: sandbox:/mnt/data/rome.csv");
    const [citation, path] = text.text.annotations;
    assert.ok(citation?.type === "file_citation" && path?.type === "file_path");
    assert.equal(citation.file_citation.file_id, file_id);
    assert.equal(citation.text, "【0:0†rome.txt】");
    assert.equal(path.text, "sandbox:/mnt/data/rome.csv");

    const names = told.map((line) => line.split(" ")[0]);
    assert.deepEqual(names.slice(1, 12), [
      "runStepCreated",
      "toolCallCreated",
      "runStepDelta",
      "toolCallDone",
      "runStepDone",
      "runStepCreated",
      "toolCallCreated",
      "runStepDelta",
      "toolCallDelta",
      "runStepDelta",
      "toolCallDelta",
    ]);
    assert.ok(told.includes(`imageFileDone ${image.image_file.file_id}`));
    assert.deepEqual(told.slice(-5), [
      `textDone ${text.text.value}`,
      "messageDone completed",
      "runStepDone completed",
      "run completed",
      "end",
    ]);

    const made = await client.files.content(path.file_path.file_id);
    assert.equal(await made.text(), "sun");
    const drawn = await client.files.content(image.image_file.file_id);
    assert.deepEqual(await drawn.bytes(), PNG);
    assert.equal((await client.files.retrieve(path.file_path.file_id)).filename, "rome.csv");

    const steps = await threads.runs.steps.list(run.id, {
      thread_id,
      order: "asc",
      include: ["step_details.tool_calls[*].file_search.results[*].content"],
    });
    const calls = steps.data.flatMap(({ step_details }) =>
      step_details.type === "tool_calls" ? step_details.tool_calls : []
    );
    const [search, code] = calls;
    assert.ok(search?.type === "file_search" && code?.type === "code_interpreter");
    assert.deepEqual(
      search.file_search.results?.map(({ file_name, content }) => [file_name, content]),
      [
        ["rome.txt", [{ type: "text", text: "Rome is sunny." }]],
      ],
    );
    assert.equal(code.code_interpreter.input, "draw()");
    assert.deepEqual(code.code_interpreter.outputs.map(({ type }) => type), ["logs", "image"]);
  },
};
