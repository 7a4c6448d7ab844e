import { Ajv2020 } from "ajv/2020";
import { countTokens } from "gpt-tokenizer/o200k";
import assert from "node:assert/strict";
import { CONFIGURATIONS, listOf } from "../../scripts/_tool_lists.ts";
import { tools } from "../../src/tools/mod.ts";

/** The recorded sizes of the lists, in tokens; update them with the change that alters them. */
const RECORDED: Record<string, number> = { default: 5960, all: 7755 };

const LIMITS: Record<string, number> = { default: 6000, all: 10_000 };
const MAX_DEFAULT_BYTES = 48 * 1024;
const MAX_MEAN = 195;

type Listed = ReturnType<typeof listOf>[number];
type Schema = Record<string, unknown>;

/** Counts the tokens of what a host shows to its model. */
function tokensOf(listed: Listed | Listed[]): number {
  const shown = [listed].flat().map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
  }));
  return countTokens(JSON.stringify(Array.isArray(listed) ? shown : shown[0]));
}

for (const configuration of ["default", "all"]) {
  Deno.test(`the ${configuration} tool list stays within its token budget`, async () => {
    const list = listOf(configuration);
    const tokens = tokensOf(list);
    const recorded = RECORDED[configuration] ?? 0;
    const costs = list.map((tool) => `${tool.name} ${tokensOf(tool)}`).join(", ");
    await Deno.stdout.write(
      new TextEncoder().encode(
        `${configuration}: ${list.length} tools, ${tokens} tokens (recorded ${recorded}): ${costs}\n`,
      ),
    );
    assert.ok(tokens <= (LIMITS[configuration] ?? 0), `${tokens} tokens`);
    assert.ok(tokens / list.length <= MAX_MEAN, `${tokens / list.length} tokens a tool`);
    assert.ok(tokens <= recorded * 1.03, `${tokens} tokens: record them if they have to be`);
    assert.ok(tokens >= recorded * 0.97, `${tokens} tokens: record how few they are now`);
  });
}

Deno.test("the default tool list is at most 48 KB on the wire", () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ tools: listOf("default") })).length;
  assert.ok(bytes <= MAX_DEFAULT_BYTES, `${bytes} bytes`);
});

Deno.test("a tool is listed alike in every configuration, except for names", () => {
  const whole = listOf("all");
  for (const configuration of Object.keys(CONFIGURATIONS)) {
    for (const { name: _, description, ...rest } of listOf(configuration)) {
      const tool = whole.find(({ title }) => title === rest.title);
      assert.ok(tool);
      const { name: __, description: wanted, ...same } = tool;
      assert.deepEqual(rest, same);
      if (configuration !== "kebab-case") assert.equal(description, wanted);
    }
  }
});

/** Yields the schema features that some client does not support, or that the Inspector warns about. */
function* objections(schema: Schema, path = ""): Generator<string> {
  const { type, items, anyOf, properties = {}, additionalProperties, ...rest } = schema;
  const known = ["description", "enum", "const", "minimum", "maximum", "required"];
  const odd = Object.keys(rest).filter((keyword) => !known.includes(keyword));
  if (odd.length > 0) yield `${path} has ${odd.join()}`;
  if (anyOf === undefined && typeof type !== "string") yield `${path} has no single type`;
  if (anyOf !== undefined && type !== undefined) yield `${path} has anyOf beside type`;
  if (type === "array" && items === undefined) yield `${path} has no items`;
  if (Array.isArray(schema.enum) && schema.enum.some((value) => typeof value !== type)) {
    yield `${path} has an enum that is not of its type`;
  }
  for (const name of (schema.required ?? []) as string[]) {
    if (!Object.hasOwn(properties as object, name)) yield `${path} requires ${name}, unknown`;
  }
  for (const [name, child] of Object.entries(properties as Record<string, unknown>)) {
    yield* objectionsTo(child, `${path}.${name}`);
  }
  if (items !== undefined) yield* objectionsTo(items, `${path}[]`);
  for (const [index, child] of ((anyOf ?? []) as unknown[]).entries()) {
    yield* objectionsTo(child, `${path}|${index}`);
  }
  if (typeof additionalProperties === "object") {
    yield* objectionsTo(additionalProperties, `${path}{}`);
  }
}

function* objectionsTo(child: unknown, path: string): Generator<string> {
  if (typeof child !== "object" || child === null || Array.isArray(child)) {
    yield `${path} is no schema object`;
  } else yield* objections(child as Schema, path);
}

Deno.test("the schemas use only features that every client supports", () => {
  const ajv = new Ajv2020({ strict: true });
  for (const { name, inputSchema, outputSchema } of listOf("all")) {
    assert.match(name, /^[a-z0-9_-]{1,64}$/);
    for (const schema of [inputSchema, outputSchema] as Schema[]) {
      assert.equal(schema.type, "object", name);
      assert.deepEqual([...objections(schema)], [], name);
      ajv.compile(schema);
    }
  }
  for (const { name } of listOf("kebab-case")) assert.match(name, /^[a-z0-9_-]{1,64}$/);
});

Deno.test("the check of the schemas finds unsupported features", () => {
  const wrong: [Schema, RegExp][] = [
    [{ type: "object", properties: { a: { $ref: "#/$defs/a" } } }, /\.a has \$ref/],
    [{ anyOf: [{ type: "object" }], type: "object" }, /anyOf beside type/],
    [{ type: "object", properties: { a: { type: "array" } } }, /\.a has no items/],
    [{ type: "object", properties: { a: { type: ["string", "null"] } } }, /\.a has no single type/],
    [{ type: "object", properties: { a: {} } }, /\.a has no single type/],
    [{ type: "object", properties: { a: true } }, /\.a is no schema object/],
    [{ type: "array", items: { type: "string", enum: ["a", null] } }, /\[\] has an enum/],
    [{ type: "object", additionalProperties: { oneOf: [] } }, /\{\} has oneOf/],
    [{ type: "object", required: ["b"] }, /requires b, unknown/],
  ];
  for (const [schema, objection] of wrong) {
    assert.match([...objections(schema)].join(), objection);
  }
});

Deno.test("every tool is listed in a configuration", () => {
  assert.equal(listOf("all").length, tools.length);
});
