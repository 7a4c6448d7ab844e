import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/2020";
import { listedInputSchema, listedOutputSchema } from "../../src/tools/schemas/json_schema.ts";
import { tools } from "../../src/tools/mod.ts";
import { TOOLSETS } from "../../src/tools/define_tool.ts";
import { EXAMPLES } from "../kit/tool_examples.ts";
import { invalidArguments } from "./_invalid_arguments.ts";

const ajv = new Ajv2020({ strict: true });

Deno.test("the names, titles, descriptions, toolsets and hints of tools are consistent", () => {
  assert.equal(new Set(tools.map(({ name }) => name)).size, tools.length);
  assert.deepEqual(new Set(tools.map(({ toolset }) => toolset)), new Set(TOOLSETS));
  for (const { name, title, description, hints = {} } of tools) {
    assert.match(name, /^[a-z0-9_-]{1,64}$/);
    assert.match(title, /^[A-Z][A-Za-z ]+$/);
    assert.match(description, /^[A-Z].{10,250}\.$/, name);
    assert.equal(
      hints.readOnly ?? false,
      /^(get|list|wait|search|export)_|^(echo|calculate)$/.test(name),
      name,
    );
    assert.equal(hints.destructive ?? false, /^delete_/.test(name), name);
    assert.equal(
      hints.idempotent ?? false,
      /^(get|list|wait|modify|delete|remove|search|export)_|^(echo|calculate)$/.test(name),
      name,
    );
  }
});

Deno.test("listed schemas are flat, with an object at the root and items in every array", () => {
  for (const tool of tools) {
    const input = listedInputSchema(tool);
    assert.equal(input.additionalProperties, false);
    for (const schema of [input, listedOutputSchema(tool)]) {
      assert.equal(schema.type, "object");
      for (const union of ["anyOf", "oneOf", "allOf", "$schema"]) assert.ok(!(union in schema));
      for (const node of nodes(schema)) {
        assert.ok(!("$ref" in node), `${tool.name} has a $ref`);
        assert.ok("type" in node || "anyOf" in node, `${tool.name}: ${JSON.stringify(node)}`);
        if ([node.type].flat().includes("array")) assert.ok("items" in node, tool.name);
      }
      ajv.compile(schema);
    }
  }
});

Deno.test("listed input schemas have every argument that a tool parses", () => {
  for (const tool of tools) {
    const { properties } = listedInputSchema(tool);
    assert.deepEqual(Object.keys(properties), Object.keys(tool.input.shape));
    assert.deepEqual(
      Object.keys(EXAMPLES[tool.name]?.[0] ?? {}).sort(),
      Object.keys(properties).sort(),
      `the first example of ${tool.name} names every argument`,
    );
  }
});

for (const tool of tools) {
  const validate = ajv.compile(listedInputSchema(tool));
  const examples = EXAMPLES[tool.name] ?? [];

  Deno.test(`${tool.name} accepts its examples unchanged`, () => {
    for (const example of examples) {
      assert.ok(validate(example), ajv.errorsText(validate.errors));
      assert.deepEqual(tool.input.parse(example), example);
    }
  });

  Deno.test(`${tool.name} rejects at least ten invalid calls`, () => {
    const calls = examples.flatMap((example) => invalidArguments(tool.name, example));
    assert.ok(calls.length >= 10, `${calls.length} calls`);
    for (const { args, why } of calls) {
      assert.ok(!validate(args), `${tool.name} is listed as accepting ${why}`);
      const known = Object.keys(args).every((name) => name in tool.input.shape);
      assert.ok(!known || !tool.input.safeParse(args).success, `${tool.name} parses ${why}`);
    }
  });
}

Deno.test("listed input schemas leave unknown keys of nested objects to the engine", () => {
  const tool = tools.find(({ name }) => name === "create_assistant");
  assert.ok(tool);
  const args = { tools: [{ type: "file_search", unheard_of: 1 }] };
  assert.ok(ajv.validate(listedInputSchema(tool), args));
  assert.deepEqual(tool.input.parse(args), args);
});

type Schema = Record<string, unknown>;

function* nodes(schema: Schema): Generator<Schema> {
  yield schema;
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema;
  const children = [...Object.values(properties as object), items, additionalProperties]
    .concat(anyOf as Schema[]);
  for (const child of children) {
    if (typeof child === "object" && child !== null) yield* nodes(child as Schema);
  }
}
