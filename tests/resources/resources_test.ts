/** The texts that ship with the server match its tools. */

import assert from "node:assert/strict";
import { resources, resourceTemplates, variablesOf } from "../../src/resources/mod.ts";
import { parseArguments } from "../../src/mcp/arguments.ts";
import { createInventory } from "../../src/mcp/inventory.ts";
import { DEFAULT_SELECTION } from "../../src/mcp/selection.ts";
import { tools } from "../../src/tools/mod.ts";

const inventory = createInventory(tools);
const everyTool = createInventory(tools, { ...DEFAULT_SELECTION, toolsets: ["all"] });

Deno.test("each assistant template holds valid arguments of create_assistant", () => {
  const templates = resources.filter(({ uri }) => uri.startsWith("assistant://templates/"));
  assert.equal(templates.length, 3);
  const tool = inventory.find("create_assistant");
  assert.ok(tool);
  for (const { text } of templates) parseArguments(tool, JSON.parse(text));
});

Deno.test("the examples call existing tools with valid arguments", () => {
  const examples = resources.filter(({ uri }) => uri.startsWith("examples://workflows/"));
  assert.equal(examples.length, 3);
  for (const { text } of examples) {
    const calls = [...text.matchAll(/^`(\w+)`\n\n```json\n([^]*?)\n```$/gm)];
    assert.ok(calls.length >= 4);
    for (const [, name = "", args = ""] of calls) {
      const tool = inventory.find(name);
      assert.ok(tool, name);
      parseArguments(tool, JSON.parse(args));
    }
  }
});

Deno.test("the guides name existing tools only", () => {
  for (const { uri, text } of resources.filter(({ uri }) => uri.startsWith("docs://"))) {
    const verbs = "create|list|get|modify|delete|cancel|ask|wait_for|submit|upload|add|search";
    for (const [word] of text.matchAll(new RegExp(`\\b(${verbs})_[a-z_]+\\b`, "g"))) {
      assert.ok(everyTool.find(word), `${uri} names ${word}`);
    }
  }
});

Deno.test("a template matches its URIs and no others", () => {
  const [, thread, run] = resourceTemplates;
  assert.ok(thread && run);
  assert.deepEqual(variablesOf(thread, "openai://threads/thread_1"), { thread_id: "thread_1" });
  assert.deepEqual(variablesOf(run, "openai://threads/a/runs/b%2Fc"), {
    thread_id: "a",
    run_id: "b/c",
  });
  for (
    const uri of [
      "openai://threads/",
      "openai://threads/a/b",
      "openai://threads/a?b",
      "openai://threads/%E0%A4%A",
      "xopenai://threads/a",
    ]
  ) assert.equal(variablesOf(thread, uri), undefined, uri);
});
