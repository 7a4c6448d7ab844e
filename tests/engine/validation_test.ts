import assert from "node:assert/strict";
import {
  anyObject,
  array,
  byType,
  type Check,
  decimal,
  integer,
  literalOr,
  metadata,
  nullable,
  object,
  oneOf,
  optional,
  string,
} from "../../src/engine/objects/validation.ts";

function refused(check: Check<unknown>, value: unknown): string {
  try {
    check(value, "p");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "accepted";
}

Deno.test("object() returns what it knows, and takes no inherited names for fields", () => {
  const check = object({ a: string(), b: optional(integer()) });
  assert.deepEqual(check({ a: "x" }, ""), { a: "x" });
  assert.deepEqual(check({ a: "x", b: 1 }, ""), { a: "x", b: 1 });
  for (const name of ["constructor", "__proto__", "toString"]) {
    const given = JSON.parse(`{"a": "x", "${name}": 1}`);
    assert.equal(refused(check, given), `Unknown parameter: 'p.${name}'.`);
  }
  assert.equal(
    refused(object({ toString: string() }), {}),
    "Missing required parameter: 'p.toString'.",
  );
  const polluted = JSON.parse('{"__proto__": {"a": "x"}}');
  assert.equal(refused(object({ a: string() }), polluted), "Unknown parameter: 'p.__proto__'.");
});

Deno.test("string() counts characters, not UTF-16 units", () => {
  assert.equal(string({ max: 2 })("👍👍", "p"), "👍👍");
  assert.match(refused(string({ max: 2 }), "👍👍👍"), /maximum length 2, but got .* length 3/);
  assert.match(refused(string({ min: 1 }), ""), /^Invalid 'p': empty string\./);
});

Deno.test("integer() and decimal() say what came instead", () => {
  assert.equal(integer()(3, "p"), 3);
  assert.equal(decimal()(3, "p"), 3);
  const rows: [Check<unknown>, unknown, string][] = [
    [integer(), 1.5, "expected an integer, but got a decimal number instead."],
    [integer(), "1", "expected an integer, but got a string instead."],
    [integer(), null, "expected an integer, but got null instead."],
    [decimal(), true, "expected a decimal number, but got a boolean instead."],
    [decimal(), [], "expected a decimal number, but got an array instead."],
    [decimal(), {}, "expected a decimal number, but got an object instead."],
  ];
  for (const [check, value, message] of rows) {
    assert.equal(refused(check, value), `Invalid type for 'p': ${message}`);
  }
});

Deno.test("metadata() limits pairs, keys and values", () => {
  assert.deepEqual(metadata({ a: "b" }, "p"), { a: "b" });
  const sixteen = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, "v"]));
  assert.deepEqual(metadata(sixteen, "p"), sixteen);
  assert.match(refused(metadata, { ["k".repeat(65)]: "v" }), /maximum length 64/);
  assert.equal(
    refused(metadata, { k: 5 }),
    "Invalid type for 'p.k': expected a string, but got an integer instead.",
  );
  assert.match(refused(metadata, null), /expected an object, but got null/);
  assert.equal(nullable(metadata)(null, "p"), null);
});

Deno.test("byType() and literalOr() name what is supported", () => {
  const check = literalOr(["auto"], byType({ a: object({ type: oneOf(["a"]) }) }));
  assert.equal(check("auto", "p"), "auto");
  assert.deepEqual(check({ type: "a" }, "p"), { type: "a" });
  assert.equal(refused(check, "b"), "Invalid value: 'b'. Supported values are: 'auto'.");
  assert.equal(
    refused(check, { type: "constructor" }),
    "Invalid value: 'constructor'. Supported values are: 'a'.",
  );
  assert.equal(refused(check, {}), "Missing required parameter: 'p.type'.");
  assert.match(refused(check, []), /expected one of a string or an object, but got an array/);
});

Deno.test("array() checks each item at its own path", () => {
  assert.deepEqual(array(anyObject)([{ x: [1] }], "p"), [{ x: [1] }]);
  assert.match(refused(array(integer()), [1, "2"]), /^Invalid type for 'p\[1\]'/);
});
