import { countTokens } from "gpt-tokenizer/o200k";
import assert from "node:assert/strict";
import { createInventory, DEFAULT_SELECTION, type Selection } from "../../src/mcp/mod.ts";
import { SERVER_INFO } from "../../src/mcp/server.ts";
import { tools } from "../../src/tools/mod.ts";

function instructions(changes: Partial<Selection>): string {
  return createInventory(tools, { ...DEFAULT_SELECTION, ...changes }).instructions();
}

Deno.test("instructions cost at most 300 tokens and use only listed names", async () => {
  const selections: Partial<Selection>[] = [
    {},
    { toolsets: ["all"] },
    { readOnly: true },
    { naming: "kebab-case" },
    { toolsets: ["utility"] },
    { excludedTools: ["wait_for_run"] },
  ];
  for (const changes of selections) {
    const text = instructions(changes);
    const tokens = countTokens(text);
    assert.ok(tokens <= 300, `${tokens} tokens`);
    assert.doesNotMatch(text, /[{}]/);
    const inventory = createInventory(tools, { ...DEFAULT_SELECTION, ...changes });
    const listed = inventory.listed().map(({ name }) => name);
    for (const word of text.match(/\b[a-z]+(?:[_-][a-z]+)+\b/g) ?? []) {
      if (inventory.find(word) || (await inventory.suggestionFor(word))?.includes("would")) {
        assert.ok(listed.includes(word), word);
      }
    }
  }
});

Deno.test("instructions include a sentence only if its tools are served", () => {
  assert.match(instructions({}), /ask_assistant does a whole turn.*create_run starts.*get_job has/);
  assert.match(
    instructions({ naming: "kebab-case" }),
    /run-create starts.*; run-wait follows/,
  );
  assert.doesNotMatch(instructions({ excludedTools: ["wait_for_run"] }), /create_run|wait_for_run/);
  assert.doesNotMatch(instructions({ readOnly: true }), /ask_|create_run|submit_/);
});

Deno.test("icons are in the server's info only", () => {
  const [icon] = SERVER_INFO.icons;
  assert.match(icon?.src ?? "", /^data:image\/svg\+xml;base64,/);
  assert.match(atob(icon?.src.split(",")[1] ?? ""), /^<svg xmlns="[^<>]*"><path [^<>]*\/><\/svg>$/);
  assert.ok(JSON.stringify(SERVER_INFO).length < 500);
  for (const tool of createInventory(tools).listed()) assert.ok(!("icons" in tool));
});
