import { countTokens } from "gpt-tokenizer/o200k";
import assert from "node:assert/strict";
import { text } from "../fakes/responses_server.ts";
import { type Json, start } from "../predecessors/_server.ts";

Deno.test("export_thread returns a long conversation in parts that fit into a model's context", async () => {
  await using started = await start({ TOOLSETS: "all" });
  const { server, call } = started;
  const { id: thread_id } = await call("create_thread", { metadata: { topic: "the harbour" } });
  const said = Array.from(
    { length: 230 },
    (_, index) => `${index}: ${"a quiet morning ".repeat(index % 60)}`,
  );
  for (let from = 0; from < said.length; from += 100) {
    const messages = said.slice(from, from + 100).map((content) => ({ role: "user", content }));
    await call("create_messages", { thread_id, messages });
  }
  for (const format of ["markdown", "json"]) {
    const parts: Json[] = [];
    let after: string | undefined;
    do {
      const result = await server.callTool("export_thread", { thread_id, format, after });
      assert.ok(countTokens(result.content[0]?.text ?? "") <= 8000);
      const part: Json = result.structuredContent;
      assert.equal(part.note?.includes(part.last_id) ?? false, part.has_more);
      parts.push(part);
      after = part.last_id;
    } while (parts.at(-1).has_more);
    assert.ok(parts.length > 1, format);
    if (format === "json") {
      const data = parts.flatMap(({ data }) => data);
      assert.deepEqual(data.map(({ content }: Json) => content[0].text.value), said);
      assert.ok(parts.every(({ thread, transcript }) => thread.id === thread_id && !transcript));
    } else {
      const whole = parts.map(({ transcript }) => transcript).join("\n");
      assert.match(whole, new RegExp(`^# Thread ${thread_id}\n\nCreated .*\n\ntopic: the harbour`));
      assert.deepEqual(
        whole.match(/^\d+: .*$/gm)?.map((line) => line.trim()),
        said.map((line) => line.trim()),
      );
      assert.ok(parts.every(({ data, thread }) => data === null && thread === null));
    }
  }
});

Deno.test("export_thread includes each run once, with its steps", async () => {
  await using started = await start({ TOOLSETS: "all" });
  const { call, refusal, upstream } = started;
  upstream.enqueue(text("Blue."));
  const turn = await call("ask_assistant", { message: "Which colour?" });
  const { data } = await call("export_thread", { thread_id: turn.thread_id, format: "json" });
  assert.deepEqual(data.map(({ role, run }: Json) => [role, run?.id]), [
    ["user", undefined],
    ["assistant", turn.run_id],
  ]);
  assert.deepEqual(data[1].run.steps.map(({ type }: Json) => type), ["message_creation"]);
  const { transcript } = await call("export_thread", { thread_id: turn.thread_id });
  assert.match(
    transcript,
    /## User, .*\n\nWhich colour\?\n\n## Assistant asst_\w+, .*\n\nBlue\.\n$/,
  );
  const empty = await call("create_thread");
  const exported = await call("export_thread", { thread_id: empty.id });
  assert.deepEqual([exported.last_id, exported.has_more, exported.note], [null, false, null]);
  const { fields } = await refusal("export_thread", { thread_id: "thread_none" });
  assert.equal(fields.status, 404);
});

Deno.test("export_thread returns a message that alone exceeds the limit", async () => {
  await using started = await start({ TOOLSETS: "all" });
  const { call } = started;
  const content = "word ".repeat(20_000);
  const messages = [{ role: "user", content }, { role: "user", content: "The next." }];
  const { id: thread_id } = await call("create_thread", { messages });
  const first = await call("export_thread", { thread_id });
  assert.ok(first.transcript.includes(content.trim()));
  assert.equal(first.has_more, true);
  const rest = await call("export_thread", { thread_id, after: first.last_id });
  assert.match(rest.transcript, /^## User, .*\n\nThe next\.\n$/);
});
