import assert from "node:assert/strict";
import fc from "fast-check";
import { type LocatedObject, readJsonObjects } from "../../src/cli/data/_json_objects.ts";
import { ImportError } from "../../src/store/archive/mod.ts";

/** Reads a text in chunks of `size` bytes. */
async function read(text: string | Uint8Array, size = 7): Promise<LocatedObject[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  async function* chunks() {
    const buffer = new Uint8Array(size);
    for (let at = 0; at < bytes.length; at += size) {
      const part = bytes.subarray(at, at + size);
      // Chunks share a buffer, as when reading a file.
      buffer.set(part);
      yield buffer.subarray(0, part.length);
    }
  }
  return await Array.fromAsync(readJsonObjects(chunks()));
}

async function importError(text: string | Uint8Array): Promise<string> {
  try {
    await read(text);
  } catch (error) {
    assert(error instanceof ImportError, String(error));
    return `${error.place.line}: ${error.message}`;
  }
  throw new Error("The text is valid.");
}

Deno.test("readJsonObjects() reads the same objects from any layout and chunk size", async () => {
  const object = fc.dictionary(
    fc.string({ unit: "binary" }),
    fc.jsonValue({ stringUnit: "binary" }),
  ).map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)));
  const indent = fc.constantFrom(undefined, 2, "\t");
  const newline = fc.constantFrom("\n", "\r\n", "\n\n", "");
  const lines = fc.array(fc.tuple(object, indent, newline), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(
    lines,
    fc.boolean(),
    fc.integer({ min: 1, max: 50 }),
    async (lines, inArray, size) => {
      const texts = lines.map(([value, indent, newline]) =>
        JSON.stringify(value, null, indent) + newline
      );
      const text = inArray ? `[${texts.join(",")}]` : `\ufeff${texts.join("")}`;
      const found = await read(text, size);
      assert.deepEqual(found.map(({ value }) => value), lines.map(([value]) => value));
      const items = found.map(({ place }) => place.item);
      assert.deepEqual(items, lines.map((_, index) => inArray ? index : undefined));
    },
  ));
});

Deno.test("readJsonObjects() returns the first line of each object", async () => {
  const found = await read('{"a":1}\n\n{\n  "b": 2\n}\n[{"c":3},\n{"d":4}] {"e":"{\\"\\\\"}');
  assert.deepEqual(found, [
    { value: { a: 1 }, place: { line: 1, item: undefined } },
    { value: { b: 2 }, place: { line: 3, item: undefined } },
    { value: { c: 3 }, place: { line: 6, item: 0 } },
    { value: { d: 4 }, place: { line: 7, item: 1 } },
    { value: { e: '{"\\' }, place: { line: 7, item: undefined } },
  ]);
  assert.deepEqual(await read(""), []);
  assert.deepEqual(await read(" \n[]\n[ ]"), []);
});

Deno.test("readJsonObjects() refuses anything but JSON objects, with the line and the reason", async () => {
  const cases: [string | Uint8Array<ArrayBuffer>, RegExp][] = [
    ["hello", /^1: expected an object or an array of objects$/],
    ['{"a":1}\n"text"', /^2: expected an object/],
    ['{"a":1}\n}', /^2: expected an object/],
    ["[1]", /^1: expected an object/],
    ["[[{}]]", /^1: expected an object/],
    ['{"a":1},{"b":2}', /^1: expected an object/],
    ['{"a":1}\n{"b":[1,2\n{"c":3}\n', /^2: the object is incomplete$/],
    ['{"a":1}\n{"b":"cut\n{"c":3}', /^2: a string is not terminated$/],
    ['\n[{"a":1},\n', /^3: the array is incomplete$/],
    ['{"a":1}\n{"b":}', /^2: the object is not JSON: /],
    ['{"a":]', /^1: the object is not JSON: /],
    [new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), /^1: the text is not in UTF-8$/],
    [new Uint8Array([0xff, 0xfe, 0x7b, 0]), /^1: the text is in UTF-16; save it in UTF-8$/],
    [new Uint8Array([0x1f, 0x8b, 8, 0]), /^1: the file is compressed with gzip; unpack it first$/],
    [new TextEncoder().encode("PK\x03\x04..."), /^1: the file is a ZIP archive/],
    [new TextEncoder().encode("SQLite format 3\0"), /^1: expected an object/],
  ];
  for (const [text, expected] of cases) assert.match(await importError(text), expected);
});
