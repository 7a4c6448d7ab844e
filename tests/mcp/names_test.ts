import assert from "node:assert/strict";
import { aliasesOf } from "../../src/mcp/names.ts";
import { createInventory } from "../../src/mcp/mod.ts";
import { tools } from "../../src/tools/mod.ts";

Deno.test("aliasesOf() derives the names that other servers use", () => {
  assert.deepEqual(aliasesOf({ name: "get_assistant" }), [
    "get-assistant",
    "retrieve_assistant",
    "assistant-get",
  ]);
  assert.deepEqual(aliasesOf({ name: "modify_thread" }), [
    "modify-thread",
    "update_thread",
    "thread-update",
  ]);
  assert.deepEqual(aliasesOf({ name: "list_run_steps" }), ["list-run-steps", "run-step-list"]);
  assert.deepEqual(aliasesOf({ name: "ask_openai", kebabName: "ask-openai" }), ["ask-openai"]);
  assert.deepEqual(aliasesOf({ name: "wait_for_run", kebabName: "run-wait" }), [
    "wait-for-run",
    "run-wait",
  ]);
  assert.deepEqual(aliasesOf({ name: "echo" }), []);
});

Deno.test("the inventory rejects two tools with one name and suggests the nearest name", async () => {
  const inventory = createInventory(tools);
  assert.equal(inventory.find("get_assistent"), undefined);
  assert.equal(await inventory.suggestionFor("get_assistent"), 'Did you mean "get_assistant"?');
  const [first] = tools;
  assert.ok(first);
  assert.throws(() => createInventory([first, first]), /Two tools answer to "\w+"/);
});

Deno.test("the list has canonical names only, no aliases", () => {
  const inventory = createInventory(tools);
  const listed = inventory.listed().map(({ name }) => name);
  assert.deepEqual(listed, inventory.tools.map(({ name }) => name));
  const aliases = tools.flatMap((tool) => aliasesOf(tool));
  assert.deepEqual(listed.filter((name) => aliases.includes(name)), []);
});
