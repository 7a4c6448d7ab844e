import assert from "node:assert/strict";
import { UsageError } from "../../src/shared/errors.ts";
import { createInventory, DEFAULT_SELECTION, type Selection } from "../../src/mcp/mod.ts";
import { aliasesOf } from "../../src/mcp/names.ts";
import { post, serveHttp } from "../kit/http_server.ts";
import { offline, StdioProcess, tempFolder } from "../kit/process.ts";
import { DEFAULT_TOOLSETS } from "../../src/tools/define_tool.ts";
import { defaultTools } from "../../src/tools/default_tools.ts";
import { tools } from "../../src/tools/mod.ts";
import { optInTools } from "../../src/tools/opt_in_tools.ts";

function select(changes: Partial<Selection>) {
  return createInventory(tools, { ...DEFAULT_SELECTION, ...changes });
}

function namesOf(changes: Partial<Selection>): string[] {
  return select(changes).listed().map(({ name }) => name);
}

Deno.test("TOOLSETS selects the default toolsets, the named ones, or all", () => {
  const byDefault = tools.filter(({ toolset }) => DEFAULT_TOOLSETS.some((name) => name === toolset))
    .map(({ name }) => name);
  assert.deepEqual(namesOf({}), byDefault);
  assert.ok(!byDefault.includes("echo"));
  assert.deepEqual(namesOf({ toolsets: ["utility"] }), ["echo", "calculate"]);
  const more = namesOf({ toolsets: ["default", "utility"] });
  assert.deepEqual(new Set(more), new Set([...byDefault, "echo", "calculate"]));
  assert.deepEqual(namesOf({ toolsets: ["all"] }), tools.map(({ name }) => name));
  assert.deepEqual(
    namesOf({ toolsets: ["threads", "threads"] }),
    tools.filter(({ toolset }) => toolset === "threads").map(({ name }) => name),
  );
});

Deno.test("TOOLS_EXCLUDE excludes tools by any of their names", () => {
  const left = namesOf({ excludedTools: ["delete_thread", "assistant-delete", "update_message"] });
  for (const name of ["delete_thread", "delete_assistant", "modify_message"]) {
    assert.ok(!left.includes(name), name);
  }
  assert.equal(left.length, namesOf({}).length - 3);
});

Deno.test("READ_ONLY serves read-only tools only", () => {
  const inventory = select({ readOnly: true, toolsets: ["all"] });
  assert.ok(inventory.tools.length > 10);
  for (const { hints } of inventory.tools) assert.equal(hints?.readOnly, true);
  for (const { annotations } of inventory.listed()) assert.equal(annotations?.readOnlyHint, true);
  for (const name of ["create_thread", "thread-delete", "ask_openai"]) {
    assert.equal(inventory.find(name), undefined, name);
  }
});

Deno.test("an unknown toolset or tool is rejected with the nearest name", () => {
  const refusals: [changes: Partial<Selection>, message: string][] = [
    [
      { toolsets: ["default", "utilty"] },
      'TOOLSETS names the toolset "utilty", which does not exist; did you mean "utility"?',
    ],
    [
      { excludedTools: ["delete_tread"] },
      'TOOLS_EXCLUDE names the tool "delete_tread", which does not exist; did you mean "delete_thread"?',
    ],
  ];
  for (const [changes, message] of refusals) {
    assert.throws(() => select(changes), new UsageError(message));
  }
  assert.throws(() => select({ toolsets: ["everything"] }), /; there are default, all, chat, /);
  assert.throws(() => select({ excludedTools: ["everything"] }), /; docs\/tools\.md has their /);
});

Deno.test("the error for a tool that is not served names the setting that would add it", async () => {
  const hints: [changes: Partial<Selection>, name: string, hint: RegExp][] = [
    [{}, "echo", /^It is in the toolset "utility": TOOLSETS=default,utility would add it\.$/],
    [{ toolsets: ["chat"] }, "thread-get", /TOOLSETS=chat,threads would add it/],
    [{ excludedTools: ["get_run"] }, "run-get", /^TOOLS_EXCLUDE names it/],
    [{ readOnly: true }, "create_run", /READ_ONLY=false would add it/],
    [{}, "get_thraed", /^Did you mean "get_thread"\?$/],
  ];
  for (const [changes, name, hint] of hints) {
    const inventory = select(changes);
    assert.equal(inventory.find(name), undefined);
    assert.match(await inventory.suggestionFor(name) ?? "", hint);
  }
  assert.equal(await select({}).suggestionFor("make_coffee_for_everyone"), undefined);
});

Deno.test("the error for a tool that was not loaded names the setting that would add it", async () => {
  const inventory = createInventory(
    defaultTools,
    DEFAULT_SELECTION,
    () => Promise.resolve(optInTools),
  );
  assert.match(await inventory.suggestionFor("vector-store-create") ?? "", /would add it/);
  assert.match(await inventory.suggestionFor("get_thraed") ?? "", /^Did you mean "get_thread"/);
});

Deno.test("TOOL_NAMING=kebab-case lists resource-first names, and calls accept every other name", () => {
  const inventory = select({ naming: "kebab-case", toolsets: ["all"] });
  const listed = inventory.listed();
  assert.equal(new Set(listed.map(({ name }) => name)).size, tools.length);
  for (const [index, tool] of tools.entries()) {
    const name = listed[index]?.name ?? "";
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.equal(inventory.listedName(tool.name), name);
    for (const alias of [tool.name, name, ...aliasesOf(tool)]) {
      assert.equal(inventory.find(alias), tool);
    }
  }
  const names = Object.fromEntries(tools.map(({ name }) => [name, inventory.listedName(name)]));
  assert.deepEqual(
    [names.ask_openai, names.ask_assistant, names.wait_for_run, names.list_models, names.echo],
    ["ask-openai", "assistant-ask", "run-wait", "model-list", "echo"],
  );
});

Deno.test("descriptions use the listed names of tools", () => {
  const description = (changes: Partial<Selection>, name: string) =>
    select(changes).listed().find((tool) => tool.name === name)?.description ?? "";
  assert.match(description({}, "ask_openai"), /wait_s .* get_job/);
  assert.match(description({ naming: "kebab-case" }, "ask-openai"), /wait_s .* job-get/);
});

Deno.test("the error for a tool that is not served is the same over MCP and REST", async () => {
  const hint = /^Unknown tool "echo"\. It is in the toolset "utility": TOOLSETS=default,utility /;
  await using folder = await tempFolder();
  await using process = new StdioProcess(offline(folder));
  await process.initialize();
  const { error } = await process.request(1, "tools/call", { name: "echo", arguments: {} });
  assert.equal(error.code, -32602);
  assert.match(error.message, hint);

  await using server = serveHttp();
  const response = await post(`${server.origin}/mcp/call?tool_name=echo`, {});
  assert.equal(response.status, 404);
  assert.match((await response.json()).error.message, hint);
});

Deno.test("a read-only server neither lists nor runs tools that write", async () => {
  await using folder = await tempFolder();
  await using server = new StdioProcess({ ...offline(folder), READ_ONLY: "true" });
  await server.initialize();
  const { result } = await server.request(1, "tools/list");
  const names = result.tools.map(({ name }: { name: string }) => name);
  assert.ok(names.includes("list_threads") && !names.includes("create_thread"));
  const { error } = await server.request(2, "tools/call", { name: "thread-create", arguments: {} });
  assert.match(error.message, /^Unknown tool "thread-create"\. It writes, and this server only /);
});
