import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { ApiError } from "../../src/shared/errors.ts";
import { parseArguments } from "../../src/mcp/arguments.ts";
import { defineTool } from "../../src/tools/define_tool.ts";

const tool = defineTool({
  name: "try_things",
  title: "Try things",
  description: "Takes one argument of each kind.",
  toolset: "assistants",
  input: z.object({
    name: z.string(),
    limit: z.int().min(1).optional(),
    score: z.number().nullish(),
    stream: z.boolean().optional(),
    order: z.enum(["asc", "desc"]).optional(),
    metadata: z.record(z.string(), z.string()).nullish(),
    tools: z.array(z.looseObject({ type: z.string() })).optional(),
    format: z.union([z.literal("auto"), z.looseObject({ type: z.string() })]).optional(),
  }),
  output: z.looseObject({}),
  run: (args) => Promise.resolve(args),
});

function refusal(args: Record<string, unknown>): ApiError {
  try {
    parseArguments(tool, args);
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error;
  }
  assert.fail("nothing was refused");
}

const valid = fc.record({
  name: fc.string(),
  limit: fc.integer({ min: 1 }),
  score: fc.oneof(fc.integer(), fc.constant(null)),
  stream: fc.boolean(),
  order: fc.constantFrom("asc", "desc"),
  metadata: fc.oneof(
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string()),
    fc.constant(null),
  ),
  tools: fc.array(fc.record({ type: fc.string(), extra: fc.jsonValue() })),
  format: fc.oneof(fc.constant("auto"), fc.record({ type: fc.string() })),
}, { requiredKeys: ["name"] });

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("parseArguments() leaves valid arguments as they are", () => {
  fc.assert(fc.property(valid, (args) => {
    assert.deepEqual(plain(parseArguments(tool, args)), plain(args));
  }));
});

Deno.test("parseArguments() parses any argument sent as a JSON string", () => {
  fc.assert(fc.property(valid, (args) => {
    const sent = Object.fromEntries(
      Object.entries(plain(args) as Record<string, unknown>).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    );
    assert.deepEqual(plain(parseArguments(tool, sent)), plain(args));
  }));
});

Deno.test("parseArguments() never parses a string if the schema expects a string", () => {
  for (const name of ["1", "null", "[]", '{"a":1}', '"x"']) {
    assert.deepEqual(parseArguments(tool, { name }), { name });
  }
});

Deno.test("parseArguments() parses JSON strings inside arrays and nested twice", () => {
  const args = { name: "a", tools: ['{"type":"function"}'] };
  assert.deepEqual(parseArguments(tool, args), { name: "a", tools: [{ type: "function" }] });
  const twice = { name: "a", tools: JSON.stringify(['{"type":"function"}']) };
  assert.deepEqual(parseArguments(tool, twice), { name: "a", tools: [{ type: "function" }] });
});

Deno.test("parseArguments() treats null for an optional argument as absent", () => {
  const args = { name: "a", limit: null, order: null, tools: null, metadata: null };
  assert.deepEqual(parseArguments(tool, args), { name: "a", metadata: null });
  assert.match(refusal({ name: null }).message, /^Missing required argument 'name'/);
});

Deno.test("parseArguments() suggests the nearest name for an unknown argument", () => {
  const error = refusal({ name: "a", limti: 3 });
  assert.equal(error.message, "Unknown argument 'limti'. Did you mean 'limit'?");
  assert.equal(error.code, "unknown_parameter");
  assert.equal(error.param, "limti");
  assert.match(refusal({ name: "a", zzzzzzzzzz: 1 }).message, /try_things takes: name, limit/);
});

Deno.test("parseArguments() reports the value received and the value expected", () => {
  assert.match(refusal({}).message, /^Missing required argument 'name', a string\./);
  assert.equal(refusal({}).code, "missing_required_parameter");
  assert.match(
    refusal({ name: 5 }).message,
    /^Invalid argument 'name': expected a string, got 5\./,
  );
  assert.match(refusal({ name: "a", limit: "x" }).message, /'limit': expected an? .*, got "x"\./);
  assert.match(refusal({ name: "a", order: "up" }).message, /expected "asc" or "desc", got "up"/);
  assert.match(refusal({ name: "a", tools: [{}] }).message, /argument 'tools\[0\]\.type'/);
  assert.match(
    refusal({ name: "a", format: 5 }).message,
    /'format': expected "auto" or an object/,
  );
  assert.equal(refusal({ name: "a", tools: [{ type: 1 }] }).param, "tools[0].type");
  assert.ok(refusal({ name: "a", limit: "x".repeat(5000) }).message.length < 300);
});

Deno.test("parseArguments() rejects names that objects inherit", () => {
  for (const name of ["__proto__", "constructor", "toString"]) {
    const args = JSON.parse(`{"name":"a",${JSON.stringify(name)}:{}}`);
    assert.match(refusal(args).message, /^Unknown argument/);
  }
});

Deno.test("parseArguments() rejects megabytes of invalid values quickly", () => {
  let deep: unknown = [];
  for (let level = 0; level < 1_000_000; level++) deep = [deep];
  const begun = performance.now();
  // Correcting every value took seconds, and so did serialising all of a value to show a part of it.
  assert.match(refusal({ tools: Array(40_000).fill("{}") }).message, /'tools\[0\]\.type'/);
  assert.match(refusal({ name: deep }).message, /expected a string, got \[{77}\.\.\.\. try_things/);
  assert.ok(performance.now() - begun < 1500);
});
