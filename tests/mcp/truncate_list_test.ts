import { Ajv2020 } from "ajv/2020";
import { countTokens } from "gpt-tokenizer/o200k";
import assert from "node:assert/strict";
import { truncateList } from "../../src/mcp/_truncate_list.ts";
import { estimateTokens } from "../../src/shared/token_count.ts";
import { listedOutputSchema } from "../../src/tools/schemas/json_schema.ts";
import { tools } from "../../src/tools/mod.ts";
import { objectOf, start } from "../predecessors/_server.ts";

const MAX_TOKENS = 8000;

// deno-lint-ignore no-explicit-any -- lists of every kind
type List = any;

function toolOf(name: string) {
  const tool = tools.find((tool) => tool.name === name);
  assert.ok(tool);
  return tool;
}

const ENGLISH = "The harbour was quiet in the early morning, and a thin mist lay over the water. ";

/** Texts such as users and models write. */
const TEXTS: Record<string, string> = {
  English: ENGLISH.repeat(8),
  short: "Yes.",
  German: "Die Aufmerksamkeitsökonomie der Gegenwart ist schwer zu beschreiben. ".repeat(8),
  Russian: "Сегодня очень хорошая погода, и мы пошли гулять в парк. ".repeat(8),
  Chinese: "今天天气很好，我们去公园散步，然后回家吃饭。".repeat(8),
  Arabic: "الطقس جميل جدا اليوم وذهبنا للتنزه في الحديقة. ".repeat(8),
  emoji: "😀🎉👍🏽🚀".repeat(20),
  code: 'if (a !== b) {\n  return list.map(({ id }) => `${id}: "x"`);\n}\n'.repeat(6),
  numbers: JSON.stringify(Array.from({ length: 60 }, (_, index) => Math.sin(index))),
};

function messages(text: string, count: number): List {
  const data = Array.from({ length: count }, (_, index) => ({
    id: `msg_${btoa(`${index} ${Math.sin(index)}`).slice(0, 24)}`,
    object: "thread.message",
    created_at: 1_763_640_000 + index,
    thread_id: "thread_9fKd82jQpLx0aZ7TgVw3YbNc",
    status: "completed",
    role: "user",
    content: [{ type: "text", text: { value: text, annotations: [] } }],
    attachments: [],
    metadata: {},
  }));
  return {
    object: "list",
    data,
    first_id: data[0]?.id,
    last_id: data.at(-1)?.id,
    has_more: false,
  };
}

Deno.test("a list over 8,000 tokens is truncated after an item, with a note on how to get the rest", () => {
  const tool = toolOf("list_messages");
  const validate = new Ajv2020({ strict: true }).compile(listedOutputSchema(tool));
  for (const [name, text] of Object.entries(TEXTS)) {
    const whole = messages(text, 300);
    const cut: List = truncateList(whole, tool);
    const count = cut.data.length;
    assert.deepEqual(cut.data, whole.data.slice(0, count));
    assert.deepEqual([cut.first_id, cut.last_id, cut.has_more], [
      whole.first_id,
      whole.data[count - 1].id,
      true,
    ]);
    assert.equal(
      cut.note,
      `Truncated after ${count} of 300 items: all of them would exceed 8000 tokens. For the rest ` +
        `call list_messages with the same arguments and after "${cut.last_id}".`,
    );
    assert.ok(validate(cut));
    const tokens = countTokens(JSON.stringify(cut));
    assert.ok(tokens <= MAX_TOKENS, `${name}: ${tokens} tokens`);
    // At least half of the available tokens are used.
    assert.ok(tokens > MAX_TOKENS / 2, `${name}: ${tokens} tokens`);
  }
});

Deno.test("a list that fits and a value that is not a list stay unchanged", () => {
  const tool = toolOf("list_messages");
  const small = messages(ENGLISH, 20);
  assert.equal(truncateList(small, tool), small);
  const one = messages(ENGLISH.repeat(1000), 1);
  assert.equal(truncateList(one, tool), one);
  const thing = { id: "asst_1", instructions: ENGLISH.repeat(1000) };
  assert.equal(truncateList(thing, tool), thing);
});

Deno.test("a list whose first item exceeds the limit is truncated to that item", () => {
  const list = messages(ENGLISH.repeat(1000), 3);
  const { data, note }: List = truncateList(list, toolOf("list_messages"));
  assert.equal(data.length, 1);
  assert.match(note, /^Truncated after 1 of 3 items/);
});

Deno.test("the note of a list without pages says that the rest is not available", () => {
  const data = Array.from({ length: 600 }, (_, index) => ({
    id: `ft:gpt-6.1-terra:acme::${index}`,
    object: "model",
    created: 1_744_318_000 + index,
    owned_by: "acme",
  }));
  const cut: List = truncateList({ object: "list", data }, toolOf("list_models"));
  assert.ok(cut.data.length < 600);
  assert.deepEqual(Object.keys(cut), ["object", "data", "note"]);
  assert.match(cut.note, /list_models cannot start at a later item\.$/);
});

Deno.test("estimateTokens() estimates the tokens of a text", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    const ratio = estimateTokens(text) / countTokens(text);
    assert.ok(ratio > 0.9 && ratio < 2, `${name}: ${ratio}`);
  }
});

Deno.test("following the notes of a long list reads all of it", async () => {
  await using started = await start();
  const { server, call } = started;
  const { id: thread_id } = await call("create_thread");
  for (let count = 0; count < 30; count++) {
    await call("create_message", { thread_id, role: "user", content: ENGLISH.repeat(40) });
  }
  const list = async (args: object) =>
    objectOf(await server.callTool("list_messages", { thread_id, ...args }));
  const seen: string[] = [];
  let pages = 0;
  let page: List;
  do {
    const after = /after "(msg_\w+)"/.exec(page?.note ?? "")?.[1];
    page = await list({ limit: 100, ...(after !== undefined && { after }) });
    seen.push(...page.data.map(({ id }: { id: string }) => id));
    pages++;
  } while (page.has_more && pages < 30);
  assert.equal(new Set(seen).size, 30);
  assert.ok(pages > 1);
});

Deno.test("a list has 20 items by default", async () => {
  await using started = await start();
  const { call } = started;
  for (let count = 0; count < 21; count++) await call("create_assistant", {});
  const { data, has_more, note } = await call("list_assistants");
  assert.deepEqual([data.length, has_more, note], [20, true, undefined]);
});
